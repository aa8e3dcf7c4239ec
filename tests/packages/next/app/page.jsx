export default function Page() {
  return <p id="place">home</p>;
}
