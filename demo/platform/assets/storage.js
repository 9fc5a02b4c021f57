// Platform storage of the 1EdTech LTI client-side postMessage documents: values by the origin that put them.
const mode = document.currentScript.dataset.storage
const values = new Map()
const subjects = ['lti.capabilities', 'lti.put_data', 'lti.get_data']
const isParent = window.top === window
// What platforms are known to keep for one origin.
const MOST_KEYS = 500
const LONGEST = 4096

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

function refusal(code, message) {
  return { error: { code, message } }
}

function put(origin, { key, value }) {
  if (value === null || value === undefined) {
    values.delete(keyOf(origin, key))
    return { key, value: null }
  }
  if (typeof value !== 'string') return refusal('bad_request', 'value must be a string')
  const others = [...values.keys()].filter(
    (each) => each.startsWith(keyOf(origin, '')) && each !== keyOf(origin, key),
  )
  if (value.length > LONGEST || others.length >= MOST_KEYS)
    return refusal('storage_exhaustion', `${MOST_KEYS} keys of ${LONGEST} characters are kept`)
  values.set(keyOf(origin, key), value)
  return { key, value }
}

function get(origin, { key }) {
  const value = values.get(keyOf(origin, key)) ?? null
  return { key, value: mode === 'wrong' && value !== null ? `${value.slice(0, -1)}~` : value }
}

function capabilities() {
  const frame = mode === 'frame' ? { frame: 'platform_storage' } : {}
  return { supported_messages: subjects.map((subject) => ({ subject, ...frame })) }
}

function answerTo(data, origin) {
  const { subject, message_id } = data
  const answer = { subject: `${subject}.response`, message_id }
  if (typeof message_id !== 'string' || message_id === '')
    return { ...answer, ...refusal('bad_request', 'message_id must be a string') }
  if (!subjects.includes(subject))
    return { ...answer, ...refusal('unsupported_subject', 'see lti.capabilities') }
  if (subject === 'lti.capabilities') return { ...answer, ...capabilities() }
  if (typeof data.key !== 'string' || mode === 'error')
    return { ...answer, ...refusal('bad_request', 'key must be a string') }
  return { ...answer, ...(subject === 'lti.put_data' ? put(origin, data) : get(origin, data)) }
}

window.addEventListener('message', (event) => {
  const { data, origin, source } = event
  if (!isParent && mode === 'other-origin' && data?.forwarded) {
    // This frame is sandboxed, so the tool sees the answer come from the origin "null".
    window.parent.frames.tool.postMessage(data.forwarded, '*')
    return
  }
  if (typeof data?.subject !== 'string' || !/^lti\.\w+$/.test(data.subject)) return
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
