import type { FastifyPluginAsync } from 'fastify'
import type { Ground } from '../../foundation/ground.ts'
import { sendLaunchPage } from '../../lti-tool/launch/launch-page.ts'
import { addressOf } from '../../lti-tool/launch/launch-scope.ts'
import { csrfToken } from '../../lti-tool/launch/session.ts'
import { CsrfField } from '../../lti-tool/web/components.tsx'

/** Pages of a launch that do what course pages do: link, form, download, picture. */
export const journeyPages: FastifyPluginAsync<Ground> = async (app, ground) => {
  app.get('/', (request, reply) => {
    const { launchId, sharedName, proof } = request.launch
    const base = `/app/${launchId}/`
    return sendLaunchPage(request, reply, ground, {
      title: 'front',
      body: (
        <>
          <p id="who">{`${sharedName} ${proof}`}</p>
          <a id="link" href="second">
            second
          </a>
          <img id="picture" alt="" src={addressOf(request, ground, `${base}picture`)} />
        </>
      ),
    })
  })
  app.get('/second', (request, reply) => {
    const { launchId, sharedName, proof } = request.launch
    return sendLaunchPage(request, reply, ground, {
      title: 'second',
      body: (
        <>
          <p id="second">{`${sharedName} ${proof}`}</p>
          <form method="post" action={`/app/${launchId}/form`}>
            <CsrfField token={csrfToken(ground.config, launchId)} />
            <input name="text" value="写好了" />
            <button id="send" type="submit">
              send
            </button>
          </form>
        </>
      ),
    })
  })
  app.post('/form', (request, reply) => {
    const { launchId, proof } = request.launch
    return sendLaunchPage(request, reply, ground, {
      title: 'posted',
      body: (
        <>
          <p id="posted">{`${(request.body as { text: string }).text} ${proof}`}</p>
          <a id="download" href={`/app/${launchId}/file`}>
            download
          </a>
          <img id="picture" alt="" src={addressOf(request, ground, `/app/${launchId}/picture`)} />
        </>
      ),
    })
  })
  app.get('/file', (_request, reply) =>
    reply
      .type('text/plain')
      .header('content-disposition', 'attachment; filename="record.txt"')
      .send('training record'),
  )
  app.get('/picture', (_request, reply) =>
    reply.type('image/svg+xml').send('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  )
}
