import { type AssetName, assetUrl } from '../web/assets.ts'
import { page } from '../web/page.tsx'
import { wordsOf } from './refusal.ts'

const deferred = (name: AssetName) => <script src={assetUrl(name)} defer />

/** The page of a refusal, in both languages: what happened, what to do, the code, and the reference that is in the log. */
export function refusalPage(code: string, reference: string): string {
  const { zh, en } = wordsOf(code)
  return page({
    title: zh[0],
    bare: true,
    width: 'reading',
    body: (
      <>
        <h1>{zh[0]}</h1>
        <p>{zh[1]}</p>
        <section lang="en">
          <h2>{en[0]}</h2>
          <p>{en[1]}</p>
        </section>
        <dl class="facts lines">
          <div>
            <dt>代码 · Code</dt>
            <dd>
              <code>{code}</code>
            </dd>
          </div>
          <div>
            <dt>编号 · Reference</dt>
            <dd>
              <code>{reference}</code>
            </dd>
          </div>
        </dl>
      </>
    ),
  })
}

/** What the login page needs to find out whether the cookie comes back, and where to go then. */
export interface LoginPage {
  state: string
  authenticationUrl: string
  /** Only where the platform offers to keep the binding. */
  storage: { target: string; origin: string; binding: string } | null
  /** The same login in a window of its own, where the cookie is first-party. */
  newWindowUrl: string
}

/** The page between a platform's frame and its authentication endpoint (lti.md §1.4). */
export function loginPage(login: LoginPage): string {
  return page({
    title: '正在进入学时簿',
    bare: true,
    width: 'reading',
    data: {
      state: login.state,
      authentication: login.authenticationUrl,
      ...storageData(login.storage),
    },
    body: (
      <>
        <p id="waiting" role="status">
          正在进入学时簿…… <span lang="en">Opening Xueshi…</span>
        </p>
        <section id="new-window" hidden>
          <h1>请在新窗口中打开</h1>
          <p>浏览器不允许学时簿在这个框架里保存进入凭据。</p>
          <p lang="en">Your browser does not let Xueshi keep its proof of entry inside this frame.</p>
          <p>
            <NewWindowLink href={login.newWindowUrl} />
          </p>
        </section>
        <noscript>
          <p>
            <NewWindowLink href={login.newWindowUrl} />
          </p>
        </noscript>
        {deferred('login.js')}
      </>
    ),
  })
}

function NewWindowLink({ href }: { href: string }) {
  return (
    <a class="button" href={href} target="_blank" rel="noopener">
      在新窗口中打开 · Open in a new window
    </a>
  )
}

const storageData = (storage: LoginPage['storage']) =>
  storage
    ? {
        'storage-target': storage.target,
        'storage-origin': storage.origin,
        'storage-binding': storage.binding,
      }
    : {}

/** The page that fetches the binding from the platform's storage and posts the launch once more. */
export function storagePage(launch: {
  idToken: string
  state: string
  target: string
  origin: string
}): string {
  return page({
    title: '正在进入学时簿',
    bare: true,
    width: 'reading',
    data: { state: launch.state, 'storage-target': launch.target, 'storage-origin': launch.origin },
    body: (
      <>
        <p role="status">
          正在进入学时簿…… <span lang="en">Opening Xueshi…</span>
        </p>
        <form id="launch" method="post" action="/lti/launch">
          <input type="hidden" name="id_token" value={launch.idToken} />
          <input type="hidden" name="state" value={launch.state} />
          <input type="hidden" name="binding" value="" />
          <noscript>
            <p>请在新窗口中打开课程，然后重试。</p>
            <p lang="en">Open the course in a window of its own, then try again.</p>
          </noscript>
        </form>
        {deferred('launch.js')}
      </>
    ),
  })
}

/** The page of a launch whose cookie did not come back: its script trades the hand-over code for a session. */
export function handoverPage(launchId: string): string {
  return page({
    title: '正在进入学时簿',
    bare: true,
    width: 'reading',
    data: { launch: launchId },
    body: (
      <>
        <p id="waiting" role="status">
          正在进入学时簿…… <span lang="en">Opening Xueshi…</span>
        </p>
        <section id="ended" hidden>
          <h1>请回到课程页面重新打开</h1>
          <p>这个页面的登录已经结束。</p>
          <p lang="en">This session has ended. Open this activity again from your course.</p>
        </section>
        <noscript>
          <p>请允许本站运行脚本，或在新窗口中打开课程。</p>
          <p lang="en">Allow scripts for this site, or open the course in a window of its own.</p>
        </noscript>
        {deferred('session.js')}
      </>
    ),
  })
}
