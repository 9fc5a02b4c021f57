import type { PlatformCourse } from './courses.ts'
import { page, Steps, type View } from './layout.tsx'
import { ownLinkId, type ResourceLink } from './links.ts'
import { type Language, texts } from './texts.ts'

/** How one course is about to be opened. */
export interface Opening {
  course: PlatformCourse
  /** The link that is opened. */
  link: ResourceLink
  /** All links of the course, its own one first. */
  links: ResourceLink[]
  /** Address of the frame; null while nothing is open. */
  frameUrl: string | null
  storage: string
  deployments: string[]
  deploymentId: string
  modes: string[]
  /** Whether this person may add content, and see the roster. */
  leads: boolean
  oversees: boolean
}

/** One course, with the tool in a frame once it was opened here. */
export function coursePage(view: View, opening: Opening): string {
  const text = texts[view.language]
  const { course, link, frameUrl } = opening
  const step = course.offeringCode === null ? 3 : frameUrl ? 2 : 1
  const own = link.id === ownLinkId(course)
  return page(
    view,
    <>
      <Steps language={view.language} current={step} />
      <p>
        <a href="/courses">← {text.back}</a>
      </p>
      <h2>{own ? course.title[view.language] : link.title}</h2>
      <p>{own ? course.about[view.language] : link.text}</p>
      <OpenForm view={view} opening={opening} />
      {frameUrl && (
        <>
          <p class="hint">
            {text.frameHint}
            {course.offeringCode !== null && (
              <>
                {text.after}
                <a href="/courses/wo-de-xue-shi?open=frame">{text.myHours}</a>
              </>
            )}
          </p>
          <ToolFrame language={view.language} frameUrl={frameUrl} storage={opening.storage} />
        </>
      )}
      <MoreOfCourse view={view} opening={opening} />
    </>,
    { script: '/assets/storage.js', data: { 'data-storage': opening.storage } },
  )
}

/** The tool in a frame for one purpose, such as adding content or looking at a submission. */
export function toolPage(
  view: View,
  shown: { title: string; hint: string; back: [string, string]; frameUrl: string; storage: string },
): string {
  return page(
    view,
    <>
      <p>
        <a href={shown.back[0]}>← {shown.back[1]}</a>
      </p>
      <h2>{shown.title}</h2>
      <p class="hint">{shown.hint}</p>
      <ToolFrame language={view.language} frameUrl={shown.frameUrl} storage={shown.storage} />
    </>,
    { script: '/assets/storage.js', data: { 'data-storage': shown.storage } },
  )
}

function OpenForm({ view, opening }: { view: View; opening: Opening }) {
  const text = texts[view.language]
  const { course, link } = opening
  const address = `/courses/${course.id}`
  return (
    <form class="open" action={address} method="get">
      {link.id !== ownLinkId(course) && <input type="hidden" name="link" value={link.id} />}
      <button type="submit" name="open" value="frame">
        {text.here}
      </button>
      <button
        class="quiet"
        type="submit"
        formaction={`${address}/start`}
        formtarget="_blank"
        name="target"
        value="window"
      >
        {text.window}
      </button>
      <details open={opening.modes.length > 0}>
        <summary>{text.advanced}</summary>
        <label>
          {text.deployment}
          <select name="deployment">
            {opening.deployments.map((id) => (
              <option key={id} value={id} selected={id === opening.deploymentId}>
                {id}
              </option>
            ))}
          </select>
        </label>
        <label>
          {text.modes}
          <textarea name="mode" rows={3}>
            {opening.modes.join('\n')}
          </textarea>
        </label>
      </details>
    </form>
  )
}

function MoreOfCourse({ view, opening }: { view: View; opening: Opening }) {
  const text = texts[view.language]
  const { course, link, links } = opening
  const address = `/courses/${course.id}`
  const others = links.filter((each) => each !== link)
  return (
    <>
      {others.length > 0 && (
        <>
          <h2>{text.moreContent}</h2>
          <ul class="cards">
            {others.map((each) => (
              <li key={each.id} class="card">
                <h3>{each.title}</h3>
                <p>{each.text}</p>
                <a class="button quiet" href={`${address}?open=frame&link=${encodeURIComponent(each.id)}`}>
                  {text.openContent}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <ul class="doors">
        <li>
          <a href={`${address}/gradebook`}>{text.gradebook}</a>
        </li>
        {opening.oversees && (
          <li>
            <a href={`${address}/roster`}>{text.roster}</a>
          </li>
        )}
        {opening.leads && (
          <li>
            <a href={`${address}/add-content`}>{text.addContent}</a>
          </li>
        )}
      </ul>
    </>
  )
}

function ToolFrame({
  language,
  frameUrl,
  storage,
}: {
  language: Language
  frameUrl: string
  storage: string
}) {
  return (
    <>
      {storage === 'frame' && (
        <iframe class="hidden" name="platform_storage" title="platform storage" src="/storage-frame" />
      )}
      {storage === 'other-origin' && (
        <iframe
          class="hidden"
          name="stranger"
          title="stranger"
          src="/storage-frame?storage=other-origin"
          sandbox="allow-scripts"
        />
      )}
      <iframe
        class="tool"
        name="tool"
        title={texts[language].frameTitle}
        src={frameUrl}
        allow="fullscreen; autoplay"
      />
    </>
  )
}
