import type { ComponentChildren } from 'preact'
import { newId, sha256 } from '../../foundation/ids.ts'
import { Badge, Choices, CsrfField, Notice, TextArea } from '../web/components.tsx'
import { type Refusal, ratings } from './act.ts'
import type { CourseContent, MediaRef, Question, Unit } from './document.ts'
import type { HandedIn, UnitState } from './enrolment.ts'
import { type LaunchFrame, launchPage, timeText } from './frame.tsx'
import { htmlOf } from './markdown.ts'
import { markQuiz } from './marking.ts'
import { courseText } from './messages.ts'
import { lockedBy, progressOf } from './progress.ts'
import { coveredMs } from './ranges.ts'
import type { Room } from './room.ts'
import { RoomNotices, type SayCourse } from './room-page.tsx'

/** All that the page of one unit shows. */
export interface UnitView {
  frame: LaunchFrame
  room: Room
  content: CourseContent
  unit: Unit
  state: UnitState | undefined
  /** What was handed in, the last first. */
  answers: HandedIn[]
  /** What was just refused, from a form without script. */
  refusal: Refusal | null
  zone: string
  /** Address of a file of the course. */
  mediaUrl: (media: MediaRef) => string
}

/** The page of one unit: what is to be studied or handed in, and what follows. */
export function unitPage(view: UnitView): string {
  const { frame, unit, room } = view
  const say = courseText(frame.lang)
  return launchPage(frame, {
    place: 'course',
    title: unit.title,
    width: unit.kind === 'video' ? 'normal' : 'reading',
    data: room.study
      ? { events: `${frame.base}events`, enrolment: room.study.enrolment.enrolmentId, unit: unit.id }
      : {},
    body: (
      <div class="stack">
        <p>
          <a href={frame.base}>← {say('back')}</a>
        </p>
        <h1>{unit.title}</h1>
        <RoomNotices frame={frame} room={room} say={say} />
        <UnsentHint say={say} />
        <UnitBody view={view} say={say} />
      </div>
    ),
  })
}

/** The page of a unit that waits for another one. */
export function lockedPage(view: Omit<UnitView, 'answers' | 'refusal' | 'mediaUrl'>, lock: Unit): string {
  const say = courseText(view.frame.lang)
  return launchPage(view.frame, {
    place: 'course',
    title: view.unit.title,
    width: 'reading',
    body: (
      <div class="stack">
        <h1>{view.unit.title}</h1>
        <Notice tone="warn" title={say('lockedTitle')}>
          <p>
            <a href={`${view.frame.base}units/${lock.id}`}>{say('lockedBy', { title: lock.title })}</a>
          </p>
        </Notice>
      </div>
    ),
  })
}

/** What can change while the page is open stands in one element that the script fetches again. */
function UnitBody({ view, say }: { view: UnitView; say: SayCourse }) {
  return (
    <div id="unit" class="stack">
      {view.refusal && (
        <Notice tone="bad" live>
          {say(`refusal_${view.refusal}`)}
        </Notice>
      )}
      <Study view={view} say={say} />
      <AfterUnit view={view} say={say} />
    </div>
  )
}

function Study({ view, say }: { view: UnitView; say: SayCourse }): ComponentChildren {
  switch (view.unit.kind) {
    case 'reading':
      return <Reading view={view} unit={view.unit} say={say} />
    case 'video':
      return <Video view={view} unit={view.unit} say={say} />
    case 'quiz':
      return <Quiz view={view} unit={view.unit} say={say} />
    case 'reflection':
      return <Reflection view={view} unit={view.unit} say={say} />
    case 'evaluation':
      return <Evaluation view={view} say={say} />
  }
}

type Of<Kind extends Unit['kind']> = Extract<Unit, { kind: Kind }>

function Reading({ view, unit, say }: { view: UnitView; unit: Of<'reading'>; say: SayCourse }) {
  const html = htmlOf(unit.markdown, unit.images, view.mediaUrl)
  return (
    <>
      {/* markdown-it with html off is the escaping. */}
      <article class="card prose" dangerouslySetInnerHTML={{ __html: html }} />
      <div id="read-end" />
      {view.room.study && !view.state?.doneAt && (
        <AnswerForm view={view} kind="read">
          <div class="row">
            <button type="submit" class="primary">
              {say('readDone')}
            </button>
            <span class="hint">{say('readHint')}</span>
          </div>
        </AnswerForm>
      )}
    </>
  )
}

function Video({ view, unit, say }: { view: UnitView; unit: Of<'video'>; say: SayCourse }) {
  const watched = view.state?.watched ?? []
  const durationMs = Math.round(unit.seconds * 1000)
  const percent = view.state?.doneAt ? 100 : Math.min(99, Math.floor((coveredMs(watched) / durationMs) * 100))
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: a package of interfaces.md §4 has no captions to give. */}
      <video
        id="video"
        controls
        playsinline
        preload="metadata"
        controlsList="nodownload"
        src={view.mediaUrl(unit.media)}
        data-watched={JSON.stringify(watched)}
        data-duration={durationMs}
        data-skip={unit.skip || view.state?.doneAt ? 'yes' : 'no'}
        data-max-speed={unit.max_speed}
      >
        {say('noVideo')}
      </video>
      <p class="hint">{say(unit.skip ? 'watchRuleSkip' : 'watchRule', { speed: unit.max_speed })}</p>
      <div id="watched">
        <svg
          class="watched"
          viewBox="0 0 1000 10"
          preserveAspectRatio="none"
          role="img"
          aria-label={say('watchedLabel')}
        >
          {watched.map(([from, to]) => (
            <rect
              key={from}
              x={(from / durationMs) * 1000}
              y="0"
              width={((to - from) / durationMs) * 1000}
              height="10"
            />
          ))}
        </svg>
        <p class="small soft" data-text={say('watched', { percent: '{n}' })}>
          {say('watched', { percent })}
        </p>
      </div>
    </>
  )
}

function Quiz({ view, unit, say }: { view: UnitView; unit: Of<'quiz'>; say: SayCourse }) {
  const [last] = view.answers
  const used = view.state?.attempts ?? 0
  const left = unit.attempts === undefined ? null : Math.max(0, unit.attempts - used)
  const isOver = Boolean(view.state?.doneAt) || left === 0
  const points = unit.questions.reduce((sum, question) => sum + question.points, 0)
  const seed = view.room.enrolment?.enrolmentId ?? view.frame.launchId
  return (
    <>
      <p class="soft">
        {say('passRule', { points, mark: unit.pass_mark })}{' '}
        {!isOver && (left === null ? say('attemptsAny') : say('attemptsLeft', { n: left }))}
      </p>
      {last && <LastAttempt unit={unit} last={last} isOver={isOver} say={say} />}
      {!view.state?.doneAt && left === 0 && <Notice tone="warn">{say('attemptsUsed')}</Notice>}
      {!isOver && (
        <AnswerForm view={view} kind="answer">
          {unit.questions.map((question, index) => (
            <QuestionField key={question.id} question={question} no={index + 1} seed={seed} say={say} />
          ))}
          <div>
            <button type="submit" class="primary" disabled={!view.room.study}>
              {say('submit')}
            </button>
          </div>
        </AnswerForm>
      )}
    </>
  )
}

/** What became of the last attempt: right or wrong, and the author's feedback when it can no longer give the answer away. */
function LastAttempt(props: { unit: Of<'quiz'>; last: HandedIn; isOver: boolean; say: SayCourse }) {
  const { unit, last, isOver, say } = props
  const marks = markQuiz(unit.questions, last.content, unit.pass_mark)
  const result = say(last.passed ? 'passed' : 'failed')
  return (
    <Notice
      tone={last.passed ? 'good' : 'warn'}
      title={say('lastAttempt', {
        n: last.attempt,
        points: last.points ?? 0,
        max: last.pointsMax ?? 0,
        result,
      })}
    >
      <ol>
        {unit.questions.map((question) => (
          <li key={question.id}>
            {question.text}{' '}
            <Badge tone={marks.right[question.id] ? 'good' : 'warn'}>
              {say(marks.right[question.id] ? 'right' : 'wrong')}
            </Badge>
            {isOver && question.feedback && <div class="small soft">{question.feedback}</div>}
          </li>
        ))}
      </ol>
    </Notice>
  )
}

const QUESTION_KIND = {
  single: 'chooseOne',
  multiple: 'chooseMany',
  'true-false': 'judge',
  ordering: 'orderThem',
  'short-answer': 'shortAnswer',
} as const

function QuestionField(props: { question: Question; no: number; seed: string; say: SayCourse }) {
  const { question, no, seed, say } = props
  const name = `q-${question.id}`
  const title = `${no}. ${question.text}`
  const legend = (
    <>
      <span class="pre-line">{title}</span>{' '}
      <small class="soft">
        {say(QUESTION_KIND[question.kind])} · {say('point', { n: question.points })}
      </small>
    </>
  )
  switch (question.kind) {
    case 'single':
    case 'multiple':
      return (
        <Choices
          kind={question.kind === 'single' ? 'radio' : 'checkbox'}
          name={name}
          legend={legend}
          required
          options={question.choices.map(({ id, text }) => ({ value: id, label: text }))}
        />
      )
    case 'true-false':
      return (
        <Choices
          kind="radio"
          name={name}
          legend={legend}
          required
          options={[
            { value: 'true', label: say('yes') },
            { value: 'false', label: say('no') },
          ]}
        />
      )
    case 'ordering':
      return <Ordering question={question} seed={seed} name={name} legend={legend} say={say} />
    case 'short-answer':
      return (
        <fieldset>
          <legend>{legend}</legend>
          <input type="text" name={name} aria-label={title} required maxLength={500} autoComplete="off" />
        </fieldset>
      )
  }
}

/** Choices in an order of this person's own, the same at every look, and never the one that is asked for. */
export function shuffled(question: Extract<Question, { kind: 'ordering' }>, seed: string) {
  const key = (id: string) => sha256(`${seed} ${question.id} ${id}`).toString('hex')
  const choices = question.choices.toSorted((a, b) => (key(a.id) < key(b.id) ? -1 : 1))
  const givesAway = choices.every(({ id }, index) => id === question.answer[index])
  return givesAway ? [...choices.slice(1), ...choices.slice(0, 1)] : choices
}

/** Each item gets its place from a list: it works with keys, fingers and screen readers alike. */
function Ordering(props: {
  question: Extract<Question, { kind: 'ordering' }>
  seed: string
  name: string
  legend: ComponentChildren
  say: SayCourse
}) {
  const { question, name, say } = props
  const choices = shuffled(question, props.seed)
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      <ul class="order-list">
        {choices.map(({ id, text }) => (
          <li key={id}>
            <select name={`${name}.${id}`} aria-label={say('place', { text })} required>
              <option value="">{say('choosePlace')}</option>
              {choices.map((_, index) => (
                <option key={index} value={String(index + 1)}>
                  {index + 1}
                </option>
              ))}
            </select>
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}

function Reflection({ view, unit, say }: { view: UnitView; unit: Of<'reflection'>; say: SayCourse }) {
  const [last] = view.answers
  if (last) {
    return (
      <article class="card">
        <p class="small soft">{say('handedIn', { at: timeText(last.answeredAt, view.zone) })}</p>
        <div class="pre-line">{String(last.content.text ?? '')}</div>
      </article>
    )
  }
  // The script keeps drafts of areas marked so, and counts against the minimum.
  const area = {
    rows: 12,
    required: true,
    maxLength: 20_000,
    'data-draft': 'yes',
    'data-min': unit.min_characters,
  }
  return (
    <>
      {unit.prompt && <p class="pre-line">{unit.prompt}</p>}
      <AnswerForm view={view} kind="answer">
        <TextArea
          name="text"
          label={say('reflectionLabel')}
          hint={say('minCharacters', { n: unit.min_characters })}
          value={view.state?.draft ?? ''}
          area={area}
        />
        <div class="row between">
          <span class="small soft" data-count={say('written', { n: '{n}' })} />
          <span class="small soft" id="draft-state" role="status" data-saved={say('draftSaved')} />
        </div>
        <div>
          <button type="submit" class="primary" disabled={!view.room.study}>
            {say('submit')}
          </button>
        </div>
      </AnswerForm>
    </>
  )
}

const RATING_TEXT = {
  content: 'rateContent',
  teaching: 'rateTeaching',
  usefulness: 'rateUsefulness',
} as const

function Evaluation({ view, say }: { view: UnitView; say: SayCourse }) {
  const [last] = view.answers
  if (last) return <p class="soft">{say('handedIn', { at: timeText(last.answeredAt, view.zone) })}</p>
  const marks = (['5', '4', '3', '2', '1'] as const).map((value) => ({ value, label: say(`rate${value}`) }))
  return (
    <AnswerForm view={view} kind="answer">
      {ratings.map((name) => (
        <Choices
          key={name}
          kind="radio"
          name={name}
          legend={say(RATING_TEXT[name])}
          options={marks}
          required
        />
      ))}
      <TextArea name="comment" label={say('comment')} area={{ maxLength: 4000, rows: 4 }} />
      <div>
        <button type="submit" class="primary" disabled={!view.room.study}>
          {say('submit')}
        </button>
      </div>
    </AnswerForm>
  )
}

/** A form that the script sends as an act and keeps while offline; without script it is posted. Its event id is fixed here. */
function AnswerForm({
  view,
  kind,
  children,
}: {
  view: UnitView
  kind: 'read' | 'answer'
  children: ComponentChildren
}) {
  const { frame, unit } = view
  return (
    <form class="stack" method="post" action={`${frame.base}units/${unit.id}`} data-act={kind}>
      <CsrfField token={frame.csrf} />
      <input type="hidden" name="event" value={newId()} />
      <input type="hidden" name="kind" value={kind} />
      {children}
    </form>
  )
}

/** Where to go when the unit is done. */
function AfterUnit({ view, say }: { view: UnitView; say: SayCourse }) {
  const { frame, room, content, unit, state } = view
  if (!state?.doneAt) return null
  const done = new Set(
    [...room.units.values()].filter(({ doneAt }) => doneAt !== null).map(({ unitId }) => unitId),
  )
  const { finished, nextUnitId } = progressOf(content, done)
  const place = content.units.findIndex(({ id }) => id === unit.id)
  const following = content.units
    .slice(place + 1)
    .find(({ id }) => !done.has(id) && !lockedBy(content, done, id))
  const next = following ?? content.units.find(({ id }) => id === nextUnitId)
  return (
    <Notice tone="good" title={say(finished ? 'allDone' : 'unitDone')} live>
      <p>
        {finished ? (
          <a class="button primary" id="next" href={`${frame.base}receipt`}>
            {say('toReceipt')}
          </a>
        ) : (
          next && (
            <a class="button primary" id="next" href={`${frame.base}units/${next.id}`}>
              {say('nextUnit', { title: next.title })}
            </a>
          )
        )}
      </p>
    </Notice>
  )
}

/** Shown by the script while something could not be sent. */
function UnsentHint({ say }: { say: SayCourse }) {
  return (
    <div id="unsent" class="notice warn" role="status" hidden data-volatile={say('keptVolatile')}>
      <strong>{say('kept')}</strong>
      <p>{say('keptHint')}</p>
    </div>
  )
}
