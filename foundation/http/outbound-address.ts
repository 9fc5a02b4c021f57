import { BlockList, isIP } from 'node:net'

/** Decides which network addresses a destination may have. */
export interface AddressGuard {
  /** Whether this address, found under this host name, may be connected to. */
  permits(address: string, host: string): boolean
}

/** Everything that is not a public unicast address (IANA special-purpose registries, RFC 6890 and later). */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** Inside 2000::/3, which is all that is given out; what carries an IPv4 address inside it could lead anywhere. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const special = listOf([...special4, ...special6])
const given = listOf(['2000::/3'])

/**
 * Permits public addresses, and others only where `allowed` names them: ranges (`10.1.0.0/16`), addresses, or names of
 * hosts whose addresses may be private. A public name that suddenly leads inside is refused when it is connected to.
 */
export function addressGuard(allowed: readonly string[]): AddressGuard {
  const ranges = listOf(allowed.filter(isRange))
  const hosts = new Set(allowed.filter((entry) => !isRange(entry)).map((entry) => entry.toLowerCase()))
  return {
    permits(address, host) {
      const plain = unmapped(address)
      const family = isIP(plain)
      if (family === 0) return false
      const kind = family === 4 ? 'ipv4' : 'ipv6'
      if (hosts.has(host.toLowerCase()) || ranges.check(plain, kind)) return true
      return !special.check(plain, kind) && (family === 4 || given.check(plain, 'ipv6'))
    },
  }
}

/** Whether an entry of the list is an address or a range of addresses. */
function isRange(entry: string): boolean {
  const [address = '', bits] = entry.split('/')
  const family = isIP(address)
  return (
    family !== 0 && (bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  )
}

/** Whether text may stand in the list: an address, a range, or the name of a host. */
export function isAllowEntry(entry: string): boolean {
  return (
    isRange(entry) ||
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(entry)
  )
}

function listOf(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/')
    const kind = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    list.addSubnet(address, bits === undefined ? (kind === 'ipv4' ? 32 : 128) : Number(bits), kind)
  }
  return list
}

/** An IPv4 address that is written as IPv6 (`::ffff:127.0.0.1`, `::ffff:7f00:1`) is judged as what it is. */
function unmapped(address: string): string {
  const text = address.replace(/%.*$/, '')
  if (isIP(text) !== 6) return text
  const groups = /^\[([0-9a-f:]+)\]$/.exec(new URL(`http://[${text}]/`).hostname)?.[1]
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(groups ?? '')
  if (!mapped) return text
  const high = Number.parseInt(mapped[1] as string, 16)
  const low = Number.parseInt(mapped[2] as string, 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
