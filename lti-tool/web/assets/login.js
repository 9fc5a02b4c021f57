/**
 * The page between a platform's frame and its authentication endpoint. It finds out *before* the browser leaves whether
 * the binding cookie comes back: Moodle's message hint is single use, so a login cannot be begun again afterwards.
 */
;(async () => {
  const { state, authentication, storageTarget, storageOrigin, storageBinding } = document.body.dataset
  const go = () => location.replace(authentication)

  if (await cookieComesBack()) return go()
  if (storageTarget) {
    await put()
    return go()
  }
  document.getElementById('waiting').hidden = true
  document.getElementById('new-window').hidden = false

  async function cookieComesBack() {
    try {
      const answer = await fetch(`/lti/login/check?state=${state}`, {
        credentials: 'same-origin',
        cache: 'no-store',
      })
      return answer.ok && (await answer.json()).bound === true
    } catch {
      return false
    }
  }

  /** Leaves the binding with the platform's storage; resolves after two seconds whatever the platform does. */
  function put() {
    const messageId = randomWord()
    return new Promise((resolve) => {
      setTimeout(resolve, 2000)
      window.addEventListener('message', ({ data, origin }) => {
        if (origin !== storageOrigin || data?.message_id !== messageId) return
        if (data.subject === 'lti.put_data.response' && !data.error) resolve()
      })
      const message = {
        subject: 'lti.put_data',
        message_id: messageId,
        key: `xueshi.${state}`,
        value: storageBinding,
      }
      storageFrame(storageTarget).postMessage(message, storageOrigin)
    })
  }

  function randomWord() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
  }

  function storageFrame(name) {
    const parent = window.parent === window ? (window.opener ?? window.parent) : window.parent
    if (name === '_parent') return parent
    try {
      return parent.frames[name] ?? parent
    } catch {
      return parent
    }
  }
})()
