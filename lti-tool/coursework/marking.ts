import { type FormFields, ratings } from './act.ts'
import type { Question, Unit } from './document.ts'

/** What a person answered, by question id: a choice, choices in order, or text. An absent question counts as wrong. */
export type Answers = Record<string, string | string[]>

/**
 * What a form says about a unit: `q-{id}` answers a question, `q-{id}.{choice}` gives a choice its place in an ordering; the fields of
 * other units stand for themselves. What the unit does not ask is left out.
 */
export function answersFrom(unit: Unit, fields: FormFields): Answers {
  const answers: Answers = {}
  if (unit.kind !== 'quiz') {
    for (const name of ['text', 'comment', ...ratings]) {
      const value = fields[name]
      if (typeof value === 'string') answers[name] = value
    }
    return answers
  }
  for (const question of unit.questions) {
    const given = question.kind === 'ordering' ? orderFrom(question, fields) : fields[`q-${question.id}`]
    if (given !== undefined) answers[question.id] = given
  }
  return answers
}

/** Choices by the places they were given; undefined while one has none. */
function orderFrom(
  question: Extract<Question, { kind: 'ordering' }>,
  fields: FormFields,
): string[] | undefined {
  const placed = question.choices.map(({ id }) => ({ id, place: Number(fields[`q-${question.id}.${id}`]) }))
  if (placed.some(({ place }) => !Number.isInteger(place) || place < 1)) return undefined
  return placed.sort((a, b) => a.place - b.place).map(({ id }) => id)
}

/** What an attempt at a quiz is worth. */
export interface Marks {
  points: number
  max: number
  /** points ÷ max, 0–1, four places: `score.scaled` of the statement. */
  scaled: number
  passed: boolean
  /** Right or wrong by question id. */
  right: Record<string, boolean>
}

/**
 * Marks one attempt. A question gives all its points or none; the mark is reached at exactly `passMark` per cent,
 * compared in whole numbers where the mark is one.
 */
export function markQuiz(questions: Question[], answers: Answers, passMark: number): Marks {
  const right: Record<string, boolean> = {}
  let points = 0
  let max = 0
  for (const question of questions) {
    const given = Object.hasOwn(answers, question.id) ? answers[question.id] : undefined
    right[question.id] = isRight(question, given)
    max += question.points
    if (right[question.id]) points += question.points
  }
  const scaled = Math.round((points / max) * 10_000) / 10_000
  return { points, max, scaled, passed: points * 100 >= passMark * max, right }
}

function isRight(question: Question, given: string | string[] | undefined): boolean {
  if (given === undefined) return false
  const list = Array.isArray(given) ? given : [given]
  switch (question.kind) {
    case 'single':
      return list.length === 1 && list[0] === question.answer
    case 'true-false':
      return list.length === 1 && list[0] === String(question.answer)
    case 'multiple':
      return sameSet(list, question.answer)
    case 'ordering':
      return (
        list.length === question.answer.length && question.answer.every((id, place) => list[place] === id)
      )
    case 'short-answer':
      return list.length === 1 && question.answer.some((accepted) => plain(accepted) === plain(list[0] ?? ''))
  }
}

function sameSet(one: string[], other: string[]): boolean {
  const set = new Set(one)
  return set.size === new Set(other).size && other.every((id) => set.has(id))
}

/** Widths of letters, blanks, case and a full stop at the end do not decide a short answer. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/[。.,，;；]+$/u, '')
}

/** What a schema cannot say of questions: ids that repeat, answers that name no choice. */
export function questionFaults(questions: Question[]): { path: PropertyKey[]; detail: string }[] {
  const faults: { path: PropertyKey[]; detail: string }[] = []
  const seen = new Set<string>()
  for (const [index, question] of questions.entries()) {
    if (seen.has(question.id))
      faults.push({ path: [index, 'id'], detail: `another question is called ${question.id} already` })
    seen.add(question.id)
    if (!('choices' in question)) continue
    const ids = question.choices.map(({ id }) => id)
    if (new Set(ids).size < ids.length)
      faults.push({ path: [index, 'choices'], detail: 'two choices have the same id' })
    const answers = Array.isArray(question.answer) ? question.answer : [question.answer]
    const strange = answers.find((id) => !ids.includes(id))
    if (strange !== undefined)
      faults.push({ path: [index, 'answer'], detail: `there is no choice ${strange}` })
    if (question.kind === 'ordering' && !sameSet(answers, ids))
      faults.push({ path: [index, 'answer'], detail: 'an ordering names every choice once' })
  }
  return faults
}
