/** What only one who is signed in needs is loaded when somebody is. */
export async function show(auth, element) {
  element.textContent = await (await auth.fetch('/api/me')).text();
}
