import { z } from 'zod'
import { mostTeachers } from './effects.ts'

const count = z.number()
const days = { from: z.string().nullable(), to: z.string().nullable() }
const gainAndLoss = { gain: z.string(), lose: z.string() }
const stand = z.object({
  result: z.enum(['met', 'not_met', 'not_evaluated']),
  have: z.string().nullable().describe('decimal text in the unit of the requirement'),
})

/** The answer to a trial, for OpenAPI and for checking what is sent. */
export const trialJson = z.object({
  rules: z.string(),
  statements: count,
  changed: count,
  newly_credited: count,
  no_longer_credited: count,
  credited_otherwise: count,
  completions_new: count,
  completions_lost: count,
  faults: count,
  codes: z.array(z.object({ code: z.string(), entering: count, leaving: count })),
  by_school: z
    .array(z.object({ school: z.string().nullable(), ...gainAndLoss }))
    .describe('approved hours; empty for who may not see everybody'),
  by_category: z.array(z.object({ category: z.string(), ...gainAndLoss })),
  by_year: z.array(
    z.object({ year: z.string(), newly_credited: count, no_longer_credited: count, ...gainAndLoss }),
  ),
  samples: z.array(
    z.object({
      kind: z.string(),
      statement_id: z.string(),
      teacher_no: z.string().nullable().describe('null for who may not see everybody'),
      offering: z.string().nullable(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  teachers_newly_met: count.describe('teachers who would meet a requirement that they do not meet'),
  teachers_no_longer_met: count.describe('teachers who would no longer meet a requirement that they meet'),
  requirements: z
    .array(
      z.object({
        requirement: z.string(),
        quote: z.string().nullable().describe('the policy’s words'),
        ...days,
        newly_met: count,
        no_longer_met: count,
      }),
    )
    .describe('by requirement and window; only where something changes'),
  teachers: z
    .array(
      z.object({
        change: z.enum(['newly_met', 'no_longer_met']),
        teacher_no: z.string().nullable(),
        name: z.string().nullable(),
        school: z.string().nullable(),
        requirement: z.string(),
        ...days,
        before: stand,
        after: stand,
        need: z.string().nullable(),
        unit: z.string().nullable(),
      }),
    )
    .describe(
      `at most ${mostTeachers} of each change; number, name and school are null for who may not see everybody`,
    ),
  closed_periods: z
    .array(
      z.object({
        period: count,
        late_claims: count.describe('without hours until somebody admits them late'),
        late_hours: z.string().describe('what they would be worth, before caps'),
        kept_claims: count.describe('taken back, though their hours stand until somebody decides on them'),
        kept_hours: z.string(),
      }),
    )
    .describe('what closed years would not take'),
})
