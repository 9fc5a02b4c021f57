import type { Fault } from '../../../foundation/errors.ts'
import { Notice } from '../../web/components.tsx'
import type { Lang, Say } from '../../web/messages.ts'
import { BridgeRefused } from '../bridge.ts'
import { faultText, faultWords } from './fault-messages.ts'
import { refusalText, refusalWords } from './refusal-messages.ts'

/** A code of the bridge in the words that a catalogue has for it; null where it has none. */
export function saidOf<Key extends string>(
  words: Readonly<Record<Key, string>>,
  say: Say<Key>,
  code: string,
): string | null {
  const key = code.replace(/[-.]/g, '_')
  return Object.hasOwn(words, key) ? say(key as Key) : null
}

/** A fault of a statement in words; one that these pages do not know as the bridge says it. */
export function faultSaid(lang: Lang, { code = '', detail }: Pick<Fault, 'code' | 'detail'>): string {
  return saidOf(faultWords, faultText(lang), code) ?? detail
}

/** What the bridge refused, in words; null for a code that these pages do not know. */
export function refusalSaid(lang: Lang, code: string): string | null {
  return saidOf(refusalWords, refusalText(lang), code)
}

/** What the bridge said in English, for whoever has to look into it: closed until somebody opens it. */
export function Technical({ lang, code, text }: { lang: Lang; code?: string; text: string | null }) {
  if (!text && !code) return null
  return (
    <details class="small">
      <summary>{refusalText(lang)('technical')}</summary>
      <p class="soft" lang="en">
        {code && <code>{code}</code>} {text}
      </p>
    </details>
  )
}

/** That the bridge refused something: in words, with each place that was wrong, and its own words behind a disclosure. */
export function Refusal({ lang, refusal }: { lang: Lang; refusal: BridgeRefused }) {
  const say = refusalText(lang)
  const { code, message, errors = [] } = refusal
  return (
    <Notice tone="warn" live>
      <p>{refusalSaid(lang, code) ?? say('other')}</p>
      {errors.length > 0 && <FaultList lang={lang} faults={errors} />}
      <Technical lang={lang} code={code} text={message} />
    </Notice>
  )
}

/** Faults with their places. */
export function FaultList({ lang, faults }: { lang: Lang; faults: Fault[] }) {
  return (
    <ul class="faults">
      {faults.map((fault, n) => (
        <li key={n}>
          <code>{fault.pointer || '/'}</code> <span title={fault.code}>{faultSaid(lang, fault)}</span>
        </li>
      ))}
    </ul>
  )
}

/** The answer of the bridge, or its refusal as a value, for a page that shows the form again. */
export async function orRefusal<T>(asked: Promise<T>): Promise<T | BridgeRefused> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof BridgeRefused) return error
    throw error
  }
}
