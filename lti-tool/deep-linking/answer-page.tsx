import { hoursText } from '../../foundation/hours.ts'
import type { OfferingInfo } from '../../ledger/catalogue/offering.ts'
import { assetUrl } from '../web/assets.ts'
import { CsrfField, DataTable, Notice } from '../web/components.tsx'
import type { Lang } from '../web/messages.ts'
import { page } from '../web/page.tsx'
import { linkText } from './messages.ts'
import { CancelForm, windowText } from './picker-page.tsx'

/** The last look before the answer: what will stand in the course, and whether with a column of the gradebook. */
export function ReviewBody(view: {
  lang: Lang
  today: string
  answerTo: string
  csrf: string
  /** The page before, with the choice in it. */
  back: string
  chosen: OfferingInfo[]
  acceptLineItem: boolean
}) {
  const { lang, chosen, today } = view
  const say = linkText(lang)
  return (
    <div class="stack">
      <h1>{say('reviewTitle')}</h1>
      <p>{say('reviewLead')}</p>
      <form method="post" action={view.answerTo} class="stack">
        <CsrfField token={view.csrf} />
        <DataTable<OfferingInfo>
          caption={say('reviewTitle')}
          captionHidden
          empty={say('noneChosen')}
          rows={chosen}
          rowKey={({ offeringId }) => offeringId}
          columns={[
            {
              label: say('offering'),
              heading: true,
              cell: ({ offeringId, title, code }) => (
                <>
                  <input type="hidden" name="pick" value={offeringId} />
                  {title} <span class="small soft">{code}</span>
                </>
              ),
            },
            { label: say('category'), cell: ({ category }) => category },
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
        {view.acceptLineItem ? (
          <label class="choice">
            <input type="checkbox" name="column" value="1" checked />
            <span>{say('column')}</span>
          </label>
        ) : (
          <p class="small soft">{say('columnNo')}</p>
        )}
        <div class="row">
          <button type="submit" class="primary">
            {say('add')}
          </button>
          <a class="button" href={view.back}>
            {say('change')}
          </a>
        </div>
      </form>
      <CancelForm {...view} />
    </div>
  )
}

/**
 * The page that carries the answer to the platform: its form goes by itself where scripts run, and by its button where
 * they do not. Our own form, since the one that ltijs makes escapes nothing.
 */
export function answerPage(lang: Lang, returnUrl: string, jwt: string): string {
  const say = linkText(lang)
  return page({
    title: say('answerTitle'),
    lang,
    bare: true,
    width: 'reading',
    body: (
      <>
        <h1>{say('answerTitle')}</h1>
        <p>{say('answerLead')}</p>
        <form method="post" action={returnUrl} data-submit>
          <input type="hidden" name="JWT" value={jwt} />
          <button type="submit" class="primary">
            {say('answer')}
          </button>
        </form>
        <script src={assetUrl('submit-form.js')} defer />
      </>
    ),
  })
}

/** What stands where a choice was answered already, or where the platform asks for nothing that we have. */
export function NothingToChoose(props: {
  lang: Lang
  why: 'answered' | 'no-links'
  cancel?: preact.ComponentChildren
}) {
  const say = linkText(props.lang)
  return props.why === 'answered' ? (
    <Notice title={say('doneTitle')}>
      <p>{say('doneLead')}</p>
    </Notice>
  ) : (
    <div class="stack">
      <Notice tone="warn">{say('noLinks')}</Notice>
      {props.cancel}
    </div>
  )
}
