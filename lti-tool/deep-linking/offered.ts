import type { Handle } from '../../foundation/database/connect.ts'
import type { Day } from '../../foundation/time.ts'
import { catalogueList } from '../../ledger/catalogue/list.ts'
import { type Level, levels, type OfferingInfo } from '../../ledger/catalogue/offering.ts'

/** Ranges of approved hours to choose by: above the first and up to the second, in thousandths. */
export const hourRanges = {
  'up-to-2': [0, 2_000],
  '2-to-6': [2_000, 6_000],
  '6-to-12': [6_000, 12_000],
  'over-12': [12_000, Number.POSITIVE_INFINITY],
} as const

/** One of `hourRanges`. */
export type HourRange = keyof typeof hourRanges

/** What somebody looks for in the catalogue; an absent wish takes all. */
export interface OfferingWish {
  /** Words of title, project or code, each of which must be found. */
  words: string
  category: string | null
  form: string | null
  level: Level | null
  hours: HourRange | null
}

/** The words that a catalogue offers to choose by. */
export interface OfferedFacets {
  categories: string[]
  forms: string[]
  levels: Level[]
}

const readAtOnce = 500

/** Every approved offering, by code: what a course on a platform may link to. */
export async function offeredOfferings(handle: Handle): Promise<OfferingInfo[]> {
  const found: OfferingInfo[] = []
  for (let page = 1; ; page++) {
    const { items, pages } = await catalogueList(handle, { isApproved: true, page, pageSize: readAtOnce })
    found.push(...items)
    if (page >= pages) return found
  }
}

/** The words that at least one of these offerings has, in the order of the first; levels lowest first. */
export function facetsOf(offerings: OfferingInfo[]): OfferedFacets {
  const distinct = (word: (offering: OfferingInfo) => string) => [...new Set(offerings.map(word))].sort()
  const held = new Set(offerings.map(({ level }) => level))
  return {
    categories: distinct(({ category }) => category),
    forms: distinct(({ form }) => form),
    levels: levels.filter((level) => held.has(level)),
  }
}

/** The offerings that a wish fits. Upper and lower case and width of letters make no difference. */
export function matching(offerings: OfferingInfo[], wish: OfferingWish): OfferingInfo[] {
  const words = folded(wish.words).split(/\s+/).filter(Boolean)
  const [above, upTo] = wish.hours ? hourRanges[wish.hours] : [-1, Number.POSITIVE_INFINITY]
  return offerings.filter((offering) => {
    const text = folded(`${offering.code} ${offering.title} ${offering.projectTitle}`)
    return (
      words.every((word) => text.includes(word)) &&
      (wish.category === null || offering.category === wish.category) &&
      (wish.form === null || offering.form === wish.form) &&
      (wish.level === null || offering.level === wish.level) &&
      offering.approvedMilliHours > above &&
      offering.approvedMilliHours <= upTo
    )
  })
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Offerings of which a class can still be taken go before the others; else the order stays. */
export function takeableFirst(offerings: OfferingInfo[], day: Day): OfferingInfo[] {
  const isTakeable = (offering: OfferingInfo) => classesFrom(offering, day).length > 0
  return [...offerings.filter(isTakeable), ...offerings.filter((offering) => !isTakeable(offering))]
}

/** The classes that are not over on a day, the one that ends first in front. */
export function classesFrom({ classes }: OfferingInfo, day: Day): OfferingInfo['classes'] {
  return classes.filter(({ to }) => day <= to).sort((a, b) => (a.to < b.to ? -1 : 1))
}
