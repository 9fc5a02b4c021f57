/**
 * The launch whose cookie did not come back: asks the platform's storage for the binding and posts the launch once more.
 * Silence, or an answer that is not to our question, posts it without; the server then refuses it.
 */
;(async () => {
  const { state, storageTarget, storageOrigin } = document.body.dataset
  const form = document.getElementById('launch')
  form.elements.binding.value = (await get()) ?? ''
  form.submit()

  function get() {
    const messageId = randomWord()
    return new Promise((resolve) => {
      setTimeout(resolve, 2000)
      window.addEventListener('message', ({ data, origin }) => {
        if (origin !== storageOrigin || data?.message_id !== messageId) return
        if (data.subject !== 'lti.get_data.response' || data.error) return
        if (typeof data.value === 'string') resolve(data.value)
      })
      const message = { subject: 'lti.get_data', message_id: messageId, key: `xueshi.${state}` }
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
