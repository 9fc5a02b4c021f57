import { z } from 'zod'

/** Kinds of unit a course package may have; another kind is refused, never skipped. */
const unitKinds = ['reading', 'video', 'quiz', 'reflection', 'evaluation'] as const
/** Kinds of question a quiz may ask. */
const questionKinds = ['single', 'multiple', 'true-false', 'ordering', 'short-answer'] as const

const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'letters, digits, - and _, at most 40')
const title = z.string().trim().min(1).max(200)
const fileName = z.string().min(1).max(200)
const common = { id: word, title, first_lesson: z.boolean().optional() }

const oneOf = (words: readonly string[]) => `must be one of ${words.join(', ')}`

const unit = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ ...common, kind: z.literal('reading'), file: fileName }),
    z.strictObject({
      ...common,
      kind: z.literal('video'),
      file: fileName,
      seconds: z.number().positive().max(86_400),
      skip: z.boolean().default(false),
      max_speed: z.number().min(1).max(4).default(1.5),
    }),
    z.strictObject({
      ...common,
      kind: z.literal('quiz'),
      pass_mark: z.number().min(0).max(100),
      attempts: z.number().int().min(1).max(100).optional(),
      questions: fileName,
    }),
    z.strictObject({
      ...common,
      kind: z.literal('reflection'),
      min_characters: z.number().int().min(1).max(20_000),
      prompt: z.string().max(2000).optional(),
    }),
    z.strictObject({ ...common, kind: z.literal('evaluation') }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? oneOf(unitKinds) : undefined) },
)

/** `course.yaml` as its author writes it (interfaces.md §4). Unknown keys are refused. */
export const courseFile = z.strictObject({
  schema: z.literal('xueshi-course/1'),
  code: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, 'letters, digits, - . and _, at most 60'),
  title,
  /** Each unit opens when the one before it is done. */
  sequential: z.boolean().optional(),
  units: z.array(unit).min(1).max(200),
})

const choice = z.strictObject({ id: word, text: z.string().trim().min(1).max(2000) })
const asked = {
  id: word,
  text: z.string().trim().min(1).max(4000),
  points: z.number().int().min(1).max(1000).default(1),
  feedback: z.string().max(2000).optional(),
}
const choices = z.array(choice).min(2).max(20)

const question = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ ...asked, kind: z.literal('single'), choices, answer: word }),
    z.strictObject({ ...asked, kind: z.literal('multiple'), choices, answer: z.array(word).min(1) }),
    z.strictObject({ ...asked, kind: z.literal('true-false'), answer: z.boolean() }),
    z.strictObject({ ...asked, kind: z.literal('ordering'), choices, answer: z.array(word).min(2) }),
    z.strictObject({
      ...asked,
      kind: z.literal('short-answer'),
      answer: z.array(z.string().trim().min(1).max(500)).min(1),
    }),
  ],
  { error: (issue) => (issue.code === 'invalid_union' ? oneOf(questionKinds) : undefined) },
)

/** A file of questions, as `questions` of a quiz names it. */
export const questionFile = z.array(question).min(1).max(200)

/** One question with its answer. The answer never leaves the server. */
export type Question = z.infer<typeof question>
/** `course.yaml` as read. */
export type CourseFile = z.infer<typeof courseFile>
type FileUnit = CourseFile['units'][number]
type Of<Kind extends FileUnit['kind']> = Extract<FileUnit, { kind: Kind }>

/** Which stored file, by the hash of its bytes in hex. */
export interface MediaRef {
  hash: string
  type: string
  size: number
}

/** One unit as it is kept: the texts, questions and media that its files held stand in it. */
export type Unit =
  | (Omit<Of<'reading'>, 'file'> & { markdown: string; images: Record<string, MediaRef> })
  | (Omit<Of<'video'>, 'file'> & { media: MediaRef })
  | (Omit<Of<'quiz'>, 'questions'> & { questions: Question[] })
  | Of<'reflection'>
  | Of<'evaluation'>

/** One version of a course package as it is kept. */
export interface CourseContent {
  code: string
  title: string
  sequential: boolean
  units: Unit[]
}

/** Every file that a course shows, by hash: nothing else is served to who studies it. */
export function mediaOf(content: CourseContent): Map<string, MediaRef> {
  const refs = content.units.flatMap((unit) =>
    unit.kind === 'video' ? [unit.media] : unit.kind === 'reading' ? Object.values(unit.images) : [],
  )
  return new Map(refs.map((ref) => [ref.hash, ref]))
}
