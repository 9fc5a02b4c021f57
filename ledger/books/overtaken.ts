/**
 * Somebody else posted to an account meanwhile: the whole transaction starts again from its top.
 *
 * It carries the number of a deadlock, which is what it means to `transact`.
 */
export class Overtaken extends Error {
  readonly errno = 1213

  constructor(what: string) {
    super(`overtaken on ${what}`)
  }
}
