import { Facts, Notice } from '../../web/components.tsx'
import type { Lang } from '../../web/messages.ts'
import type { NewCredential } from './answers.ts'
import { sourcesText } from './sources-messages.ts'

/** A credential at the one moment in which its secret is shown. It stands in the answer to a form, never in an address. */
export function NewSecret(props: { lang: Lang; made: NewCredential; href?: string }) {
  const say = sourcesText(props.lang)
  const { endpoint, key, secret } = props.made
  return (
    <Notice tone="good" title={say('secretOnce')} live>
      <Facts
        lines
        items={[
          [say('endpoint'), <code key="endpoint">{endpoint}</code>],
          [say('key'), <code key="key">{key}</code>],
          [say('secret'), <code key="secret">{secret}</code>],
        ]}
      />
      {props.href && (
        <p>
          <a href={props.href}>{say('toSource')}</a>
        </p>
      )}
    </Notice>
  )
}
