import { hoursText } from '../../foundation/hours.ts'
import type { Day } from '../../foundation/time.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { CsrfField, DataTable, Notice, Select, TextField } from '../web/components.tsx'
import type { Lang } from '../web/messages.ts'
import { linkText } from './messages.ts'
import { classesFrom, hourRanges, type OfferedFacets, type OfferingWish } from './offered.ts'

/** What the page of the catalogue shows. */
export interface PickerView {
  lang: Lang
  /** Address of this page, and that to which the answer goes. */
  here: string
  answerTo: string
  csrf: string
  today: Day
  acceptMultiple: boolean
  wish: OfferingWish
  facets: OfferedFacets
  chosen: OfferingInfo[]
  /** Those of this page of the catalogue that are not chosen. */
  shown: OfferingInfo[]
  total: number
  page: number
  pages: number
  notice: string | null
}

/**
 * The catalogue to choose from. One form by GET holds filters, choice and pages, so that it works without script and a
 * choice outlives searching; nothing is changed by it.
 */
export function PickerBody(view: PickerView) {
  const { lang, here, chosen, acceptMultiple } = view
  const say = linkText(lang)
  return (
    <div class="stack">
      <h1>{say('title')}</h1>
      <p>{say(acceptMultiple ? 'leadMany' : 'leadOne')}</p>
      {view.notice && (
        <Notice tone="warn" live>
          {view.notice}
        </Notice>
      )}
      <form method="get" action={here} class="stack">
        <Filters view={view} />
        {chosen.length > 0 && (
          <section class="card" id="chosen">
            <header>
              <h2>{say('chosen', { n: chosen.length })}</h2>
              <GoOn lang={lang} />
            </header>
            {chosen.map((offering) => (
              <Pick key={offering.offeringId} view={view} offering={offering} checked />
            ))}
          </section>
        )}
        <Found view={view} />
        <div class="row between">
          <Pages view={view} />
          <GoOn lang={lang} />
        </div>
      </form>
      <CancelForm {...view} />
    </div>
  )
}

/** The button with which somebody leaves without a choice; the platform is told so. */
export function CancelForm({ lang, answerTo, csrf }: Pick<PickerView, 'lang' | 'answerTo' | 'csrf'>) {
  return (
    <form method="post" action={answerTo}>
      <CsrfField token={csrf} />
      <button type="submit" name="cancel" value="1" class="plain">
        {linkText(lang)('cancel')}
      </button>
    </form>
  )
}

function GoOn({ lang }: { lang: Lang }) {
  return (
    <button type="submit" name="step" value="review" class="primary">
      {linkText(lang)('goOn')}
    </button>
  )
}

function Filters({ view }: { view: PickerView }) {
  const { lang, wish, facets } = view
  const say = linkText(lang)
  const all = { value: '', label: say('all') }
  const plain = (words: string[]) => [all, ...words.map((word) => ({ value: word, label: word }))]
  const ranges = Object.keys(hourRanges) as (keyof typeof hourRanges)[]
  return (
    <div class="filters many">
      <TextField
        name="q"
        label={say('words')}
        input={{ type: 'search', value: wish.words, placeholder: say('wordsHint'), maxLength: 100 }}
      />
      <Select
        name="category"
        label={say('category')}
        options={plain(facets.categories)}
        value={wish.category ?? ''}
      />
      <Select
        name="level"
        label={say('level')}
        options={[all, ...facets.levels.map((level) => ({ value: level, label: say(`level_${level}`) }))]}
        value={wish.level ?? ''}
      />
      <Select name="form" label={say('form')} options={plain(facets.forms)} value={wish.form ?? ''} />
      <Select
        name="hours"
        label={say('hours')}
        options={[all, ...ranges.map((range) => ({ value: range, label: say(`hours_${range}`) }))]}
        value={wish.hours ?? ''}
      />
      {/* The first button of the form is the one that the Enter key presses. */}
      <button type="submit">{say('search')}</button>
    </div>
  )
}

function Found({ view }: { view: PickerView }) {
  const { lang, today } = view
  const say = linkText(lang)
  return (
    <DataTable<OfferingInfo>
      id="found"
      caption={say('title')}
      captionHidden
      empty={say(view.facets.categories.length === 0 ? 'emptyCatalogue' : 'none')}
      rows={view.shown}
      rowKey={({ offeringId }) => offeringId}
      columns={[
        {
          label: say('offering'),
          full: true,
          cell: (offering) => <Pick view={view} offering={offering} />,
        },
        { label: say('category'), cell: ({ category }) => category },
        { label: say('level'), nowrap: true, cell: ({ level }) => say(`level_${level}`) },
        { label: say('form'), nowrap: true, cell: ({ form }) => form },
        {
          label: say('hours'),
          numeric: true,
          nowrap: true,
          cell: ({ approvedMilliHours }) => hoursText(approvedMilliHours),
        },
        { label: say('window'), cell: (offering) => windowText(offering, today, lang) },
      ]}
    />
  )
}

function Pick(props: { view: PickerView; offering: OfferingInfo; checked?: boolean }) {
  const { view, offering } = props
  const say = linkText(view.lang)
  return (
    <label class="choice">
      <input
        type={view.acceptMultiple ? 'checkbox' : 'radio'}
        name="pick"
        value={offering.offeringId}
        checked={props.checked ?? false}
      />
      <span>
        {offering.title}
        <span class="small soft">
          {` ${offering.code} · ${offering.projectTitle}`}
          {!offering.packageCode && ` · ${say('noMaterial')}`}
        </span>
      </span>
    </label>
  )
}

/** When the class that ends next can be taken; or why none can. */
export function windowText(offering: OfferingInfo, today: Day, lang: Lang): string {
  const say = linkText(lang)
  const [next] = classesFrom(offering, today)
  if (next) return `${next.from} – ${next.to}`
  return say(offering.classes.length === 0 ? 'noClass' : 'ended')
}

function Pages({ view }: { view: PickerView }) {
  const { page, pages, total } = view
  const say = linkText(view.lang)
  const turn = (to: number, text: string) => (
    <button type="submit" name="page" value={to}>
      {text}
    </button>
  )
  return (
    <div class="pager">
      {page > 1 && turn(page - 1, say('previous'))}
      <span>{say('position', { page, pages, total })}</span>
      {page < pages && turn(page + 1, say('next'))}
    </div>
  )
}
