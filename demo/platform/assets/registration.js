// The tool says that it is done (LTI Dynamic Registration 1.0 §3.6); only the tool in the frame may say so.
const { origin, next } = document.currentScript.dataset

window.addEventListener('message', (event) => {
  if (event.data?.subject !== 'org.imsglobal.lti.close') return
  const body = JSON.stringify({ direction: 'to platform', origin: event.origin, data: event.data })
  const noted = fetch('/journal', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    keepalive: true,
  })
  if (event.origin !== origin || event.source !== window.frames.tool) return
  noted.finally(() => window.location.assign(next))
})
