/** What tells a file apart from others that are there: its device and its number on it. A number is given again once a file is gone. */
export function fileId({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`
}
