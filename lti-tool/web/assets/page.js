// Tells the person when a partial update fails; without it htmx fails silently. The texts come from the page, in its language.
;(() => {
  const status = () => document.getElementById('page-status')
  const tell = (text) => {
    const place = status()
    if (place && place.textContent !== text) place.textContent = text
  }
  const texts = () => document.body.dataset

  document.addEventListener('htmx:sendError', () => tell(texts().offline))
  document.addEventListener('htmx:timeout', () => tell(texts().offline))
  document.addEventListener('htmx:responseError', (event) => {
    tell([401, 403].includes(event.detail.xhr.status) ? texts().expired : texts().failed)
  })
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.successful) tell('')
  })
  // A part that was replaced under the keyboard focus would throw the focus back to the top of the page.
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { target } = event.detail
    const focused = document.activeElement
    if (!focused?.id || !target?.contains(focused)) return
    const { id } = focused
    document.addEventListener(
      'htmx:afterSettle',
      () => document.getElementById(id)?.focus({ preventScroll: true }),
      {
        once: true,
      },
    )
  })
})()
