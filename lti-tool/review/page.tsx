import { ratings } from '../coursework/act.ts'
import type { Question, Unit } from '../coursework/document.ts'
import type { HandedIn } from '../coursework/enrolment.ts'
import { timeText } from '../coursework/frame.tsx'
import { type Answers, markQuiz } from '../coursework/marking.ts'
import { Badge, Card, Facts, Notice } from '../web/components.tsx'
import type { Lang, Say } from '../web/messages.ts'
import { reviewText } from './messages.ts'
import type { ReviewedUnit, ReviewedWork } from './work.ts'

type ReviewSay = Say<Parameters<ReturnType<typeof reviewText>>[0]>

interface View {
  lang: Lang
  zone: string
  /** Null where the launch names no offering of ours. */
  work: ReviewedWork | null
}

/** What a learner did, unit by unit. Nothing on it can be pressed but to unfold. */
export function ReviewBody({ lang, zone, work }: View) {
  const say = reviewText(lang)
  if (!work) return <Notice title={say('title')}>{say('noOffering')}</Notice>
  const { offering, enrolment, sharedName } = work
  const at = (instant: Parameters<typeof timeText>[0]) => timeText(instant, zone)
  return (
    <div class="stack">
      <h1>{say('title')}</h1>
      <p class="soft">{say('lead')}</p>
      <Card title={offering.title}>
        <Facts
          items={[
            [say('learner'), sharedName ?? say('notShared')],
            [say('offering'), offering.code],
            [say('trainingClass'), enrolment?.trainingClassCode],
            [say('began'), enrolment && at(enrolment.beganAt)],
            [
              say('finished'),
              enrolment && (enrolment.finishedAt === null ? say('notFinished') : at(enrolment.finishedAt)),
            ],
            [say('studied'), enrolment && say('minutes', { n: Math.floor(enrolment.studiedMs / 60_000) })],
          ]}
        />
      </Card>
      {!enrolment && <Notice>{say('nothing')}</Notice>}
      {work.units.map((one) => (
        <UnitCard key={one.unit.id} say={say} zone={zone} reviewed={one} />
      ))}
    </div>
  )
}

function UnitCard({ say, zone, reviewed }: { say: ReviewSay; zone: string; reviewed: ReviewedUnit }) {
  const { unit, state, handedIn } = reviewed
  const done = state !== null && state.doneAt !== null
  return (
    <Card
      title={unit.title}
      actions={
        <Badge tone={done ? 'good' : 'plain'}>{say(done ? 'done' : state ? 'open' : 'untouched')}</Badge>
      }
    >
      {unit.kind === 'video' && state && <p>{say('watched', { percent: done ? 100 : state.progress })}</p>}
      {handedIn.map((answer, index) => (
        <details key={answer.attempt} open={index === 0}>
          <summary>
            {say('attempt', { n: answer.attempt, at: timeText(answer.answeredAt, zone) })}
            {answer.points !== null &&
              ` · ${say('points', { points: answer.points, max: answer.pointsMax ?? 0 })}`}
            {answer.passed !== null && ` · ${say(answer.passed ? 'passed' : 'failed')}`}
          </summary>
          <HandedInBody say={say} unit={unit} answer={answer} />
        </details>
      ))}
    </Card>
  )
}

function HandedInBody({ say, unit, answer }: { say: ReviewSay; unit: Unit; answer: HandedIn }) {
  const { content } = answer
  if (unit.kind === 'quiz') return <QuizAnswers say={say} unit={unit} content={content} />
  const rated = ratings.filter((name) => content[name] !== undefined)
  return (
    <>
      {typeof content.text === 'string' && <p class="pre-line">{content.text}</p>}
      {rated.length > 0 && (
        <Facts items={[[say('rating'), rated.map((name) => String(content[name])).join(' · ')]]} />
      )}
      {content.comment && <Facts lines items={[[say('comment'), String(content.comment)]]} />}
    </>
  )
}

function QuizAnswers(props: { say: ReviewSay; unit: Extract<Unit, { kind: 'quiz' }>; content: Answers }) {
  const { say, unit, content } = props
  const { right } = markQuiz(unit.questions, content, unit.pass_mark)
  return (
    <ol>
      {unit.questions.map((question) => (
        <li key={question.id}>
          <div class="pre-line">{question.text}</div>
          <div>
            {givenText(say, question, content)}{' '}
            <Badge tone={right[question.id] ? 'good' : 'warn'}>
              {say(right[question.id] ? 'right' : 'wrong')}
            </Badge>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** What was answered, in the words of the question. */
function givenText(say: ReviewSay, question: Question, content: Answers): string {
  const given = Object.hasOwn(content, question.id) ? content[question.id] : undefined
  if (given === undefined || given.length === 0) return say('noAnswer')
  if (question.kind === 'true-false') return say(given === 'true' ? 'yes' : 'no')
  if (question.kind === 'short-answer') return String(given)
  const words = new Map(question.choices.map(({ id, text }) => [id, text]))
  const separator = question.kind === 'ordering' ? ' → ' : '；'
  return [given]
    .flat()
    .map((id) => words.get(id) ?? id)
    .join(separator)
}
