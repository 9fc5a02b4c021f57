import { z } from 'zod'
import type { Id } from '../../foundation/ids.ts'

const range = z.tuple([z.number().int().min(0), z.number().int().min(0)])
const base = {
  /** Made by the page: a report that comes twice counts once. */
  id: z.uuid().transform((id) => id.toLowerCase() as Id),
  unit: z.string().max(40),
  /** Time of study since the last report, in milliseconds, as the page counts it. */
  ms: z.number().int().min(0).max(86_400_000).default(0),
}
/** A form as it is posted: by name of its field, several values where a name occurs several times. */
export const formFields = z.record(
  z.string().max(100),
  z.union([z.string().max(20_000), z.array(z.string().max(500)).max(50)]),
)
/** Fields of a form by name. */
export type FormFields = z.infer<typeof formFields>

/** What a page may report. */
export const actJson = z.discriminatedUnion('kind', [
  z.strictObject({ ...base, kind: z.literal('open') }),
  z.strictObject({ ...base, kind: z.literal('read') }),
  z.strictObject({ ...base, kind: z.literal('watch'), ranges: z.array(range).max(500) }),
  z.strictObject({ ...base, kind: z.literal('leave'), visit_ms: z.number().int().min(0).max(86_400_000) }),
  z.strictObject({ ...base, kind: z.literal('draft'), text: z.string().max(20_000) }),
  z.strictObject({ ...base, kind: z.literal('answer'), fields: formFields }),
])

/** One thing a person did in the course room. */
export type Act = z.infer<typeof actJson>

/** Why an act was not taken; nothing of it was kept. The page shows a sentence for each. */
export const refusals = [
  'not-recording',
  'unit-unknown',
  'unit-locked',
  'unit-done',
  'act-unsuited',
  'attempts-used',
  'answer-incomplete',
  'reflection-short',
] as const
/** One of `refusals`. */
export type Refusal = (typeof refusals)[number]

/** Questions of the evaluation of a course: each from 1 (poor) to 5 (very good). */
export const ratings = ['content', 'teaching', 'usefulness'] as const

/** Characters of a reflection: blanks and line ends do not count. */
export function charactersOf(text: string): number {
  return [...text.replace(/\s/gu, '')].length
}
