import { Card, CsrfField, Facts, Notice, TextField, type Tone } from '../web/components.tsx'
import type { identityText } from './messages.ts'
import type { LaunchSession } from './session.ts'

/** What the page of 身份绑定 shows. */
export interface IdentityView {
  launch: LaunchSession
  csrf: string
  say: IdentitySay
  /** What was typed and came back. */
  typed: { teacherNo: string; name: string }
  notice: { tone: Tone; text: string } | null
}

type IdentitySay = ReturnType<typeof identityText>

/** The page on which a person says which teacher she is: never by an identity number. */
export function IdentityBody({ launch, csrf, say, typed, notice }: IdentityView) {
  const base = `/app/${launch.launchId}/`
  return (
    <>
      <h1>{say('title')}</h1>
      {notice && (
        <Notice tone={notice.tone} live>
          {notice.text}
        </Notice>
      )}
      {launch.teacherNo ? (
        <Card>
          <p>{say('doneText', { no: launch.teacherNo })}</p>
          <a class="button primary" href={base}>
            {say('go')}
          </a>
        </Card>
      ) : launch.test ? (
        <p>{say('test')}</p>
      ) : (
        <Card>
          <p>{say('why')}</p>
          <Facts lines items={[[say('sharedName'), launch.sharedName ?? say('notShared')]]} />
          <form method="post" action={`${base}identity`} class="stack">
            <CsrfField token={csrf} />
            <TextField
              name="teacher_no"
              label={say('teacherNo')}
              hint={say('teacherNoHint')}
              input={{ value: typed.teacherNo, required: true, maxLength: 64, autoComplete: 'off' }}
            />
            <TextField
              name="name"
              label={say('name')}
              hint={say('nameHint')}
              input={{ value: typed.name, required: true, maxLength: 255, autoComplete: 'off' }}
            />
            <div class="row">
              <button type="submit" class="primary">
                {say('bind')}
              </button>
              <button type="submit" formaction={`${base}identity/later`} formnovalidate>
                {say('later')}
              </button>
            </div>
          </form>
        </Card>
      )}
    </>
  )
}
