const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'

/** Area codes that no real identity number has; every invented number begins with one of them. */
export const IMPOSSIBLE_AREAS = ['990101', '990102', '990103'] as const

/**
 * An identity number that passes the check of GB 11643 and belongs to nobody.
 *
 * `bornOn` is YYYY-MM-DD; `serial` 0 to 999 tells people of one area and day apart.
 */
export function impossibleIdentityNumber(
  area: (typeof IMPOSSIBLE_AREAS)[number],
  bornOn: string,
  serial: number,
): string {
  const body = `${area}${bornOn.replaceAll('-', '')}${String(serial).padStart(3, '0')}`
  return body + checkCharacterOf(body)
}

/** The check character for the first seventeen digits (ISO 7064 MOD 11-2). */
export function checkCharacterOf(body: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(body[index]), 0)
  return CHECKS[sum % 11] as string
}
