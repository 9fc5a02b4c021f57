// Platform storage of the 1EdTech LTI client-side postMessage documents: values by the origin that put them.
const mode = document.currentScript.dataset.storage
const values = new Map()
const subjects = ['lti.capabilities', 'lti.put_data', 'lti.get_data']
const isParent = window.top === window

function journal(direction, origin, data) {
  // An opaque origin cannot write the journal; the page beside it has noted the message already.
  if (window.origin === 'null') return
  const body = JSON.stringify({ direction, origin, data })
  fetch('/journal', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    keepalive: true,
  })
}

function keyOf(origin, key) {
  return `${origin}\n${key}`
}

function answerTo(data, origin) {
  const answer = { subject: `${data.subject}.response`, message_id: data.message_id }
  if (data.subject === 'lti.capabilities') {
    const frame = mode === 'frame' ? { frame: 'platform_storage' } : {}
    return { ...answer, supported_messages: subjects.map((subject) => ({ subject, ...frame })) }
  }
  if (typeof data.key !== 'string' || mode === 'error') {
    return { ...answer, error: { code: 'bad_request', message: 'key must be a string' } }
  }
  if (data.subject === 'lti.put_data') {
    if (data.value === null || data.value === undefined) values.delete(keyOf(origin, data.key))
    else values.set(keyOf(origin, data.key), String(data.value))
    return { ...answer, key: data.key, value: data.value }
  }
  const value = values.get(keyOf(origin, data.key)) ?? null
  return {
    ...answer,
    key: data.key,
    value: mode === 'wrong' && value !== null ? `${value.slice(0, -1)}~` : value,
  }
}

window.addEventListener('message', (event) => {
  const { data, origin, source } = event
  if (!isParent && mode === 'other-origin' && data?.forwarded) {
    // This frame is sandboxed, so the tool sees the answer come from the origin "null".
    window.parent.frames.tool.postMessage(data.forwarded, '*')
    return
  }
  if (!subjects.includes(data?.subject)) return
  journal('to platform', origin, data)
  if (mode === 'off' || mode === 'mute') return
  // With a storage frame the parent leaves the storing to it, as the capabilities say.
  if (mode === 'frame' && isParent && data.subject !== 'lti.capabilities') return
  const answer = answerTo(data, origin)
  if (mode === 'other-id') answer.message_id = `other-${answer.message_id}`
  journal('to tool', origin, answer)
  if (mode === 'other-origin') window.frames.stranger.postMessage({ forwarded: answer }, '*')
  else source.postMessage(answer, origin)
})
