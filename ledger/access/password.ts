import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

// 32 MiB and three passes, which OWASP names as equal to its first choice and small machines can spare.
const cost = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 }

/** A password as it is kept: scrypt with its parameters and a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(spelled(password), salt, 32, cost)
  return `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64')}$${key.toString('base64')}`
}

/** Whether a password is the one that was kept. Takes as long for a wrong one. */
export async function isPassword(password: string, kept: string): Promise<boolean> {
  const [, N, r, p, salt, key] = kept.split('$')
  const expected = Buffer.from(key ?? '', 'base64')
  const options = { N: Number(N), r: Number(r), p: Number(p), maxmem: cost.maxmem }
  const found = await derive(spelled(password), Buffer.from(salt ?? '', 'base64'), expected.length, options)
  return timingSafeEqual(found, expected)
}

let nobody: Promise<string> | undefined

/** Spends the time of one check, so that an unknown login answers no sooner than a known one. */
export async function spendCheck(password: string): Promise<void> {
  nobody ??= hashPassword(randomBytes(16).toString('hex'))
  await isPassword(password, await nobody)
}

/** Keyboards differ in how they compose characters; the password is the same. */
function spelled(password: string): string {
  return password.normalize('NFKC')
}

// Without 0 O 1 l I: it is read from paper.
const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** A password to hand over once: 16 characters in groups of four, about 93 bits. */
export function oneTimePassword(): string {
  const drawn = Array.from({ length: 16 }, () => letters[randomInt(letters.length)])
  return [0, 4, 8, 12].map((at) => drawn.slice(at, at + 4).join('')).join('-')
}

/** Why a password will not do, or null. */
export function passwordFault(
  password: string,
  login: string,
): 'too_short' | 'too_long' | 'too_simple' | null {
  const size = [...password].length
  if (size < 10) return 'too_short'
  if (size > 200) return 'too_long'
  const isSimple = new Set(password).size < 4 || password.toLowerCase().includes(login.toLowerCase())
  return isSimple ? 'too_simple' : null
}
