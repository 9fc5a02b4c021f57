import { page, type View } from './layout.tsx'
import { texts } from './texts.ts'
import type { ToolRegistration } from './tools.ts'

/** The tools of the platform, and where a new one is asked in. */
export function registrationPage(view: View, tools: ToolRegistration[]): string {
  const text = texts[view.language]
  return page(
    view,
    <>
      <h2>{text.tools}</h2>
      <ul class="cards">
        {tools.map((tool) => (
          <ToolCard key={tool.clientId} view={view} tool={tool} />
        ))}
      </ul>
      <h2>{text.register}</h2>
      <p class="hint">{text.registerHint}</p>
      <form class="open" action="/registration/begin" method="post">
        <label>
          {text.registrationUrl}
          <input type="url" name="url" required />
        </label>
        <label>
          {text.updates}
          <select name="updates">
            <option value="">{text.newTool}</option>
            {tools.map((tool) => (
              <option key={tool.clientId} value={tool.clientId}>
                {tool.name}（{tool.clientId}）
              </option>
            ))}
          </select>
        </label>
        <button type="submit">{text.beginRegistration}</button>
      </form>
    </>,
  )
}

function ToolCard({ view, tool }: { view: View; tool: ToolRegistration }) {
  const text = texts[view.language]
  const active = tool.state === 'active'
  return (
    <li class="card">
      <h3>{tool.name}</h3>
      <p>
        {active ? text.toolActive : text.toolPending}
        <br />
        client_id <code>{tool.clientId}</code>
        <br />
        deployment_id <code>{tool.deploymentIds.join(', ')}</code>
        <br />
        <code>{tool.targetLinkUri}</code>
      </p>
      <form action="/registration/state" method="post">
        <input type="hidden" name="client" value={tool.clientId} />
        <button
          class={active ? 'quiet' : ''}
          type="submit"
          name="state"
          value={active ? 'pending' : 'active'}
        >
          {active ? text.deactivateTool : text.activateTool}
        </button>
      </form>
    </li>
  )
}

/** The tool's registration page in a frame; it closes when the tool says so. */
export function registeringPage(view: View, frameUrl: string): string {
  const text = texts[view.language]
  return page(
    view,
    <>
      <p>
        <a href="/registration">← {text.tools}</a>
      </p>
      <h2>{text.register}</h2>
      <p class="hint">{text.registeringHint}</p>
      <iframe class="tool" name="tool" title={text.register} src={frameUrl} />
    </>,
    {
      script: '/assets/registration.js',
      data: { 'data-origin': new URL(frameUrl).origin, 'data-next': '/registration' },
    },
  )
}
