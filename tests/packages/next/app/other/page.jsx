export default function Page() {
  return <p id="place">other</p>;
}
