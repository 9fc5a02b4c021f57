/**
 * The 16 bytes of a UUID as a client wrote it. Unlike ours, a client's may carry any version and variant, which the
 * codec of the house would refuse.
 */
export function uuidBytes(text: string): Buffer {
  return Buffer.from(hexOf(text), 'hex')
}

/** The 32 hexadecimal digits of a UUID. */
export function hexOf(text: string): string {
  return text.replaceAll('-', '')
}

/** The lower-case UUID that 16 bytes stand for. */
export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
