/**
 * Keeps the session of one launch (lti.md §1.6). Normally a cookie carries it: this script takes the hand-over code out
 * of the address and pings. Where the cookie does not come back, the front page is empty but for this script: it trades
 * the code for a token, keeps that in memory, and fetches every page, form and download with it.
 */
;(async () => {
  const { launch } = document.body.dataset
  if (!launch) return
  const base = `/app/${launch}/`
  const everyMs = 300_000
  // Survives `document.open`, which a page held in memory is shown by; a reload ends it.
  const memory = Symbol.for('xueshi.session')

  if (window[memory]) return attend(window[memory])
  const code = takeCode()
  if (!document.getElementById('ended')) return keepCookie()

  const answer = code ? await post({ launch, code }) : null
  if (!answer) return ended()
  if (await ping()) return location.replace(base)
  const session = { token: answer.token, fetch: window.fetch.bind(window) }
  window[memory] = session
  window.fetch = (input, init) => withToken(session, input, init)
  setInterval(() => renew(session), everyMs)
  await open(session, base, {}, false)

  function takeCode() {
    const found = /^#code=([\w-]+)$/.exec(location.hash)
    if (found) history.replaceState(history.state, '', location.pathname + location.search)
    return found?.[1]
  }

  function keepCookie() {
    setInterval(ping, everyMs)
  }

  async function ping() {
    try {
      return (await fetch(`${base}ping`, { credentials: 'same-origin', cache: 'no-store' })).status === 204
    } catch {
      return false
    }
  }

  async function post(wish, headers = {}) {
    try {
      const answered = await fetch('/lti/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(wish),
      })
      return answered.ok ? answered.json() : null
    } catch {
      return null
    }
  }

  async function renew(session) {
    const renewed = await post({ launch }, { authorization: `Bearer ${session.token}` })
    if (renewed) session.token = renewed.token
  }

  function ended() {
    document.getElementById('waiting').hidden = true
    document.getElementById('ended').hidden = false
  }

  function isOurs(address) {
    const url = new URL(address, location.href)
    return (
      url.origin === location.origin && (url.pathname.startsWith(base) || url.pathname === '/lti/deep-links')
    )
  }

  function withToken(session, input, init = {}) {
    const request = new Request(input, init)
    if (isOurs(request.url) && !request.headers.has('authorization')) {
      request.headers.set('authorization', `Bearer ${session.token}`)
    }
    return session.fetch(request)
  }

  /** Shows a page that was fetched, or saves what is no page. */
  async function open(session, address, init = {}, remember = true) {
    const answered = await fetch(address, { ...init, headers: { accept: 'text/html', ...init.headers } })
    if (!(answered.headers.get('content-type') ?? '').startsWith('text/html')) return save(answered)
    const html = await answered.text()
    if (remember) history.pushState(null, '', answered.url)
    else history.replaceState(null, '', answered.url)
    // As if the browser had gone there: listeners go, scripts of the page run, and memory stays.
    document.open()
    document.write(html)
    document.close()
    window[memory] = session
  }

  async function save(answered) {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await answered.blob())
    const disposition = answered.headers.get('content-disposition') ?? ''
    const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1]
    link.download = encoded
      ? decodeURIComponent(encoded)
      : (/filename="([^"]+)"/.exec(disposition)?.[1] ?? '')
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
  }

  /** Runs on each page that is shown from memory. */
  function attend(session) {
    document.body.prepend(hint(session))
    // Here, since `document.open` takes the listeners of the window too.
    window.addEventListener('popstate', () => open(session, location.href, {}, false))
    document.addEventListener('htmx:configRequest', (event) => {
      event.detail.headers.authorization = `Bearer ${session.token}`
    })
    document.addEventListener('click', (event) => {
      const link = event.target.closest?.('a[href]')
      if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey) return
      if (link.target === '_blank' || !isOurs(link.href) || link.getAttribute('href').startsWith('#')) return
      event.preventDefault()
      open(session, link.href)
    })
    document.addEventListener('submit', (event) => {
      const form = event.target
      const action =
        event.submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? location.href
      if (event.defaultPrevented || !isOurs(action)) return
      event.preventDefault()
      send(session, form, action, event.submitter)
    })
  }

  function send(session, form, action, submitter) {
    const fields = new FormData(form, submitter)
    const plain = form.enctype === 'multipart/form-data' ? fields : new URLSearchParams(fields)
    if (form.method === 'post') return open(session, action, { method: 'POST', body: plain })
    const url = new URL(action, location.href)
    url.search = new URLSearchParams(fields)
    return open(session, url.href)
  }

  function hint(session) {
    const box = document.createElement('div')
    box.className = 'notice warn'
    box.id = 'memory-session'
    box.setAttribute('role', 'note')
    const text = document.createElement('span')
    text.textContent = '浏览器不保存 Cookie，刷新页面会结束本次学习。Reloading this page ends your session. '
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = '在新窗口中打开 · Open in a new window'
    button.addEventListener('click', () => openWindow(session))
    box.append(text, button)
    return box
  }

  /** The same launch in a window of its own, with a fresh code. Opened before the answer, or the browser would block it. */
  async function openWindow(session) {
    const opened = window.open('about:blank')
    const fresh = await post({ launch, fresh_code: true }, { authorization: `Bearer ${session.token}` })
    if (!opened) return
    opened.opener = null
    if (fresh) opened.location.href = `${location.origin}${base}#code=${fresh.code}`
    else opened.close()
  }
})()
