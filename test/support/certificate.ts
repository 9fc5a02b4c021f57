import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key of its own and a certificate for it, signed by itself: for signatures that carry their certificate. */
export interface Signer {
  privateKey: KeyObject
  /** Base64 of the DER, as `x5c` holds it. */
  certificate: string
}

/** Makes an RSA key and its certificate, the smallest one that RFC 5280 knows (version 1). */
export function aSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sha256WithRsa = der(0x30, der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05))
  const commonName = der(0x30, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from('test')))
  const name = der(0x30, der(0x31, commonName))
  const time = (text: string) => der(0x17, Buffer.from(text))
  const body = der(
    0x30,
    der(0x02, Buffer.from([1])),
    sha256WithRsa,
    name,
    der(0x30, time('260101000000Z'), time('460101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', body, privateKey)
  const certificate = der(0x30, body, sha256WithRsa, der(0x03, Buffer.from([0]), signature))
  return { privateKey, certificate: certificate.toString('base64') }
}

/** One value in DER: its tag, its length, its content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const bytes = Buffer.concat(content)
  const short = bytes.length < 0x80
  const length = short ? [bytes.length] : [0x82, bytes.length >> 8, bytes.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), bytes])
}
