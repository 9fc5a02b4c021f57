/** What the endpoint noted about a statement when it came, as bits of one number. */
export const flag = {
  /** Its verb is `voided`: it hides another and cannot be hidden itself. */
  voiding: 1,
  /** No timestamp was sent; the time of storing stands for it. */
  timestampAssumed: 2,
  /** No id was sent; ours is added when it is answered. */
  idAssigned: 4,
  /** No version was sent; the one of the rules is added when it is answered. */
  versionAssumed: 8,
  /** It carries `stored`, `authority` or a single contextActivity, so answering it takes more than adding at the end. */
  irregular: 16,
  /** Its object refers to another statement. */
  refers: 32,
  /** Something in it has the shape of a mobile number. */
  mobileShape: 64,
  /** It holds an identity number, so what is stored is sealed and nobody reads it here. */
  sealed: 128,
  /** A signature came with it that fits the certificate inside it. That says nothing about trust in the signer. */
  signed: 256,
  /** Bytes of attachments came with it. */
  attached: 512,
  /** An administrator mended and replayed it: the authority is their account, not the source's. */
  replayed: 1024,
} as const

/** The number under which each set of rules is kept. */
export const versionCode = { '1.0.3': 1, '2.0.0': 2 } as const
