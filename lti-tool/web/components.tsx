import type { ComponentChildren, JSX } from 'preact'

/** How a notice or a badge is meant. Colour is never the only carrier: the text says it too. No `bad` for 未规定. */
export type Tone = 'info' | 'good' | 'warn' | 'bad' | 'plain'

/** A box with a heading. `level` keeps the order of headings of the page unbroken (2 unless told). */
export function Card(props: {
  title?: ComponentChildren
  level?: 2 | 3
  actions?: ComponentChildren
  id?: string
  children: ComponentChildren
}) {
  const Heading = props.level === 3 ? 'h3' : 'h2'
  return (
    <section class="card" {...(props.id ? { id: props.id } : {})}>
      {(props.title || props.actions) && (
        <header>
          {props.title && <Heading>{props.title}</Heading>}
          {props.actions && <div class="row">{props.actions}</div>}
        </header>
      )}
      {props.children}
    </section>
  )
}

/** A message set apart. `live` announces it when htmx brings it in; `bad` interrupts, the others wait their turn. */
export function Notice(props: {
  tone?: Tone
  title?: ComponentChildren
  live?: boolean
  id?: string
  children?: ComponentChildren
}) {
  const tone = props.tone ?? 'info'
  const live = props.live ? { role: tone === 'bad' ? ('alert' as const) : ('status' as const) } : {}
  return (
    <div class={`notice ${tone}`} {...live} {...(props.id ? { id: props.id } : {})}>
      {props.title && <strong>{props.title}</strong>}
      {props.children}
    </div>
  )
}

/** One word about a state. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>
}

/** Names and values. `lines` sets them one below the other; else they flow in columns. An absent value shows 「—」. */
export function Facts(props: {
  items: [label: ComponentChildren, value: ComponentChildren][]
  lines?: boolean
}) {
  return (
    <dl class={props.lines ? 'facts lines' : 'facts'}>
      {props.items.map(([label, value], index) => (
        <div key={index}>
          <dt>{label}</dt>
          <dd>{value === null || value === undefined || value === '' ? '—' : value}</dd>
        </div>
      ))}
    </dl>
  )
}

// `display: block` on a phone takes the meaning of a table away in some browsers; the written role gives it back.
const role = (name: JSX.AriaRole) => ({ role: name })

/** One column of {@link DataTable}. */
export interface Column<Row> {
  label: string
  cell: (row: Row, index: number) => ComponentChildren
  /** Right-aligned, figures of equal width. */
  numeric?: boolean
  /** The cell that names the row, read out as its header. */
  heading?: boolean
  nowrap?: boolean
  /** On a phone the cell takes the whole width, without its label. */
  full?: boolean
}

/**
 * A table that becomes a card per row on a phone (`cards`, the default) or scrolls in its own box (`scroll`).
 *
 * `caption` names the table for a screen reader even when `captionHidden` keeps it from the eye.
 */
export function DataTable<Row>(props: {
  caption: string
  captionHidden?: boolean
  columns: Column<Row>[]
  rows: Row[]
  empty: string
  narrow?: 'cards' | 'scroll'
  id?: string
  rowKey?: (row: Row, index: number) => string | number
}) {
  const { columns, rows } = props
  // A box that scrolls must be reachable by keyboard.
  const scrolls =
    props.narrow === 'scroll' ? { tabIndex: 0, role: 'region' as const, 'aria-label': props.caption } : {}
  return (
    <div class={`table-wrap ${props.narrow ?? 'cards'}`} {...(props.id ? { id: props.id } : {})} {...scrolls}>
      <table {...role('table')}>
        <caption class={props.captionHidden ? 'visually-hidden' : ''}>{props.caption}</caption>
        <thead {...role('rowgroup')}>
          <tr {...role('row')}>
            {columns.map((column) => (
              <th
                key={column.label}
                {...role('columnheader')}
                scope="col"
                class={column.numeric ? 'num' : ''}
              >
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody {...role('rowgroup')}>
          {rows.length === 0 && (
            <tr {...role('row')}>
              <td {...role('cell')} class="empty" colSpan={columns.length}>
                {props.empty}
              </td>
            </tr>
          )}
          {rows.map((row, index) => (
            <tr {...role('row')} key={props.rowKey?.(row, index) ?? index}>
              {columns.map((column) => (
                <Cell key={column.label} column={column} content={column.cell(row, index)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell<Row>({ column, content }: { column: Column<Row>; content: ComponentChildren }) {
  const classes = [column.numeric && 'num', column.nowrap && 'nowrap', column.full && 'full']
    .filter(Boolean)
    .join(' ')
  const label = column.full ? {} : { 'data-label': column.label }
  // The wrapper keeps a cell of several parts in one column of the phone's card.
  return column.heading ? (
    <th {...role('rowheader')} scope="row" class={classes} {...label}>
      <div>{content}</div>
    </th>
  ) : (
    <td {...role('cell')} class={classes} {...label}>
      <div>{content}</div>
    </td>
  )
}

/** How far something has come. `value` and `max` in any one unit; `text` is what a person reads, e.g. 「214.5 / 360 学时」. */
export function Progress(props: { label: string; value: number; max: number; text: string; id?: string }) {
  return (
    <div class="progress" {...(props.id ? { id: props.id } : {})}>
      <span>
        <span>{props.label}</span>
        <span class="number">{props.text}</span>
      </span>
      <progress
        value={Math.min(props.value, props.max)}
        max={props.max > 0 ? props.max : 1}
        aria-label={props.label}
      >
        {props.text}
      </progress>
    </div>
  )
}

/** One state of a {@link StateChain}. `stopped` waits for somebody or was refused; `note` says who and why. */
export interface ChainStep {
  label: string
  state: 'done' | 'now' | 'ahead' | 'stopped'
  note?: string
}

const CHAIN_MARK = { done: '✓', now: '●', ahead: '', stopped: '!' } as const

/** The honest way of an hour: 已完成 → 待学校审核 → 区级认定 → 已入账 → 已上报. `stateNames` are read out in place of the marks. */
export function StateChain(props: {
  label: string
  steps: ChainStep[]
  stateNames: Record<ChainStep['state'], string>
}) {
  return (
    <ol class="chain" aria-label={props.label}>
      {props.steps.map((step) => (
        <li key={step.label} class={step.state} {...(step.state === 'now' ? { 'aria-current': 'step' } : {})}>
          <span class="mark" aria-hidden="true">
            {CHAIN_MARK[step.state]}
          </span>
          <span class="label">{step.label}</span>
          <span class="visually-hidden">{`（${props.stateNames[step.state]}）`}</span>
          {step.note && <span class="note">{step.note}</span>}
        </li>
      ))}
    </ol>
  )
}

/** A choice among a few views of one thing. With `target` htmx swaps that element; without script the links still lead there. */
export function Segments(props: {
  label: string
  target?: string
  items: { href: string; label: string; current: boolean }[]
}) {
  const partial = props.target
    ? {
        'hx-boost': 'true',
        'hx-target': props.target,
        'hx-select': props.target,
        'hx-swap': 'outerHTML show:none',
      }
    : {}
  return (
    <nav aria-label={props.label} {...partial}>
      <ul class="segments">
        {props.items.map((item) => (
          <li key={item.href}>
            <a href={item.href} {...(item.current ? { 'aria-current': 'true' } : {})}>
              {item.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** Way through a long list. `href` makes the address of a page (1 is the first); one page or none shows nothing. */
export function Pager(props: {
  label: string
  page: number
  pages: number
  href: (page: number) => string
  texts: { previous: string; next: string; position: string }
}) {
  if (props.pages <= 1) return null
  return (
    <nav class="pager" aria-label={props.label}>
      {props.page > 1 && (
        <a class="button" rel="prev" href={props.href(props.page - 1)}>
          {props.texts.previous}
        </a>
      )}
      <span>{props.texts.position}</span>
      {props.page < props.pages && (
        <a class="button" rel="next" href={props.href(props.page + 1)}>
          {props.texts.next}
        </a>
      )}
    </nav>
  )
}

/** The page's CSRF token for a form that works without htmx. */
export function CsrfField({ token }: { token: string | undefined }) {
  return token ? <input type="hidden" name="_csrf" value={token} /> : null
}

interface FieldParts {
  name: string
  label: string
  hint?: string
  error?: string | undefined
}

// `id` of a control follows from its name, so label, hint and error find it without each page inventing ids.
const described = ({ name, hint, error }: FieldParts) => ({
  id: `f-${name}`,
  name,
  ...(hint || error
    ? { 'aria-describedby': [hint && `f-${name}-hint`, error && `f-${name}-error`].filter(Boolean).join(' ') }
    : {}),
  ...(error ? { 'aria-invalid': 'true' as const } : {}),
})

function Field({ parts, children }: { parts: FieldParts; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={`f-${parts.name}`}>{parts.label}</label>
      {children}
      {parts.hint && (
        <span class="hint" id={`f-${parts.name}-hint`}>
          {parts.hint}
        </span>
      )}
      {parts.error && (
        <span class="field-error" id={`f-${parts.name}-error`}>
          {parts.error}
        </span>
      )}
    </div>
  )
}

/** A labelled input; `input` passes any further attribute (type, value, required, autocomplete …). */
export function TextField(props: FieldParts & { input?: JSX.InputHTMLAttributes<HTMLInputElement> }) {
  return (
    <Field parts={props}>
      <input type="text" {...props.input} {...described(props)} />
    </Field>
  )
}

/** A labelled text area with its present text. */
export function TextArea(
  props: FieldParts & { value?: string; area?: JSX.TextareaHTMLAttributes<HTMLTextAreaElement> },
) {
  return (
    <Field parts={props}>
      <textarea {...props.area} {...described(props)}>
        {props.value ?? ''}
      </textarea>
    </Field>
  )
}

/** A labelled list to choose one from. */
export function Select(
  props: FieldParts & {
    options: { value: string; label: string }[]
    value?: string | undefined
    select?: JSX.SelectHTMLAttributes<HTMLSelectElement>
  },
) {
  return (
    <Field parts={props}>
      <select {...props.select} {...described(props)}>
        {props.options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === props.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** Boxes to tick: one (`radio`) or several (`checkbox`) of a list, under one question. */
export function Choices(props: {
  kind: 'radio' | 'checkbox'
  name: string
  legend: ComponentChildren
  options: { value: string; label: ComponentChildren }[]
  chosen?: string[]
  required?: boolean
  disabled?: boolean
  error?: string | undefined
}) {
  return (
    <fieldset {...(props.disabled ? { disabled: true } : {})}>
      <legend>{props.legend}</legend>
      {props.error && <p class="field-error">{props.error}</p>}
      {props.options.map((option) => (
        <label class="choice" key={option.value}>
          <input
            type={props.kind}
            name={props.name}
            value={option.value}
            checked={props.chosen?.includes(option.value) ?? false}
            required={props.required === true && props.kind === 'radio'}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  )
}
