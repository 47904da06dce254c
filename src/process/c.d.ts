// Sources in other languages, imported as text.

declare module "*.c" {
  const source: string;
  export default source;
}
