import type { Id } from '../../foundation/ids.ts'
import { levels, type OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { hourRanges, type OfferingWish } from './offered.ts'

/** Fields of a form or an address; one that comes several times is a list. */
export type Fields = Record<string, string | string[] | undefined>

/** What a request of the catalogue's page says. */
export interface Asked {
  wish: OfferingWish
  /** Ids as they came, each once, in order. */
  picks: Id[]
  page: number
  /** `look` at the catalogue, `review` the choice, or `answer` the platform. */
  step: 'look' | 'review' | 'answer'
}

/** Reads what is asked; a word that is none of ours is no wish. `step` is known beforehand where it is no word of the address. */
export function askedFrom(fields: Fields, step?: Asked['step']): Asked {
  const text = (name: string) => [fields[name]].flat()[0]?.trim().slice(0, 100) ?? ''
  return {
    wish: {
      words: text('q'),
      category: text('category') || null,
      form: text('form') || null,
      level: levels.find((level) => level === text('level')) ?? null,
      hours: isHourRange(text('hours')) ? (text('hours') as OfferingWish['hours']) : null,
    },
    picks: [...new Set([fields.pick].flat().filter((id) => id !== undefined))],
    page: /^[1-9]\d{0,4}$/.test(text('page')) ? Number(text('page')) : 1,
    step: step ?? (text('step') === 'review' ? 'review' : 'look'),
  }
}

const isHourRange = (text: string) => Object.hasOwn(hourRanges, text)

/** The chosen ones of what is offered, in the order in which they were chosen; what is not offered is missing. */
export function chosenAmong(offered: OfferingInfo[], picks: Id[]): OfferingInfo[] {
  const byId = new Map(offered.map((offering) => [offering.offeringId, offering]))
  return picks.flatMap((id) => byId.get(id) ?? [])
}

/** The address of the catalogue with the same wish and this choice. */
export function queryWith({ wish, page }: Asked, chosen: OfferingInfo[]): string {
  const { words, category, form, level, hours } = wish
  const fields: [string, string | null][] = [
    ['q', words],
    ['category', category],
    ['form', form],
    ['level', level],
    ['hours', hours],
    ['page', page > 1 ? String(page) : null],
    ...chosen.map(({ offeringId }): [string, string] => ['pick', offeringId]),
  ]
  return new URLSearchParams(fields.filter((field): field is [string, string] => !!field[1])).toString()
}
