// The course room on the client: what a person does becomes acts with ids of their own, kept until the server has them.
// Times are of the media in milliseconds. The server decides what counts; this only reports.
;(() => {
  const { events: eventsUrl, enrolment, unit } = document.body.dataset
  if (!eventsUrl) return

  const storeKey = `xueshi.unsent.${enrolment}`
  const beatMs = 5000
  const largestBatch = 100
  let queue = []
  let volatile = false
  let sending = false
  let failures = 0
  let most = largestBatch
  let timer = 0

  // ---- the queue ----

  const store = {
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem(storeKey) ?? '[]')
        return Array.isArray(kept) ? kept : []
      } catch {
        volatile = true
        return []
      }
    },
    write() {
      try {
        if (queue.length > 0) localStorage.setItem(storeKey, JSON.stringify(queue))
        else localStorage.removeItem(storeKey)
        volatile = false
      } catch {
        volatile = true
      }
    },
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID()
    const bytes = crypto.getRandomValues(new Uint8Array(16))
    bytes[6] = (bytes[6] & 15) | 64
    bytes[8] = (bytes[8] & 63) | 128
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  function report(kind, more = {}, id = newId()) {
    // An unsent draft is replaced by the next one: only the last text matters.
    if (kind === 'draft') queue = queue.filter((act) => act.kind !== 'draft' || act.unit !== unit)
    queue.push({ id, unit, kind, ms: studiedMs(), ...more })
    store.write()
    return flush()
  }

  async function flush({ leaving = false } = {}) {
    if ((sending && !leaving) || queue.length === 0) return
    sending = true
    clearTimeout(timer)
    const batch = queue.slice(0, most)
    try {
      const answer = await fetch(eventsUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-csrf-token': csrf() },
        body: JSON.stringify({ events: batch }),
        keepalive: leaving,
        signal: leaving ? undefined : AbortSignal.timeout(15000),
      })
      if (answer.ok) await taken(batch, await answer.json())
      else refused(batch, answer.status)
    } catch {
      later()
    } finally {
      sending = false
    }
  }

  async function taken(batch, said) {
    failures = 0
    most = largestBatch
    const settled = new Set(batch.map(({ id }) => id))
    queue = queue.filter(({ id }) => !settled.has(id))
    store.write()
    showUnsent(false)
    document.dispatchEvent(new CustomEvent('xueshi:taken', { detail: { batch, said } }))
    if (queue.length > 0) setTimeout(flush, 0)
  }

  function refused(batch, status) {
    if (status === 401 || status === 403) {
      // Kept: after opening the course again from the platform they are sent.
      tell(document.body.dataset.expired)
      return showUnsent(true)
    }
    if (status === 408 || status === 429 || status >= 500) return later()
    if (batch.length > 1) {
      // One of them is bad, or they are too much at once: halves find out which, and the others are taken.
      most = Math.ceil(batch.length / 2)
      return setTimeout(flush, 0)
    }
    // The server will never take it as it is; keeping it would hold up all that follows.
    const bad = new Set(batch.map(({ id }) => id))
    queue = queue.filter(({ id }) => !bad.has(id))
    most = largestBatch
    store.write()
    tell(document.body.dataset.failed)
    if (queue.length > 0) setTimeout(flush, 0)
  }

  function later() {
    failures += 1
    showUnsent(true)
    const wait = Math.min(30000, 1000 * 2 ** (failures - 1))
    timer = setTimeout(flush, wait * (0.5 + Math.random() / 2))
  }

  function showUnsent(shown) {
    const hint = document.getElementById('unsent')
    if (!hint) return
    hint.hidden = !shown
    const words = hint.querySelector('p')
    if (shown && volatile && words) words.textContent = hint.dataset.volatile
  }

  function tell(text) {
    const place = document.getElementById('page-status')
    if (place) place.textContent = text ?? ''
  }

  const csrf = () => JSON.parse(document.body.getAttribute('hx-headers') ?? '{}')['X-CSRF-Token'] ?? ''

  // ---- time of study: only while the page is seen ----

  let since = document.hidden ? 0 : Date.now()
  let pendingMs = 0
  let visitMs = 0

  function studiedMs() {
    settleClock()
    const ms = Math.min(86_400_000, pendingMs)
    pendingMs = 0
    return ms
  }

  function settleClock() {
    if (since) {
      const ms = Date.now() - since
      pendingMs += ms
      visitMs += ms
      since = Date.now()
    }
  }

  document.addEventListener('visibilitychange', () => {
    settleClock()
    since = document.hidden ? 0 : Date.now()
    if (document.hidden) player?.report()
  })

  // ---- video: the stretches that were really played ----

  const player = playerOf(document.getElementById('video'))

  function playerOf(video) {
    if (!video) return null
    const { duration, skip, maxSpeed } = video.dataset
    const durationMs = Number(duration)
    const maySkip = skip === 'yes'
    let watched = JSON.parse(video.dataset.watched || '[]')
    let played = []
    let last = null

    const here = () => Math.round(video.currentTime * 1000)
    const frontier = () =>
      watched.reduce((end, [from, to]) => (from <= end + 1500 ? Math.max(end, to) : end), 0)

    function add(from, to) {
      if (to <= from) return
      const end = played[played.length - 1]
      if (end && from <= end[1] + 50 && from >= end[0]) end[1] = Math.max(end[1], to)
      else played.push([from, to])
      watched = merge([...watched, [from, to]])
      draw()
    }

    function advance() {
      const now = here()
      // A jump is a seek, not play: half a second at the greatest speed, and the slack of timeupdate.
      if (
        last !== null &&
        !video.seeking &&
        now > last &&
        now - last <= 1000 * Math.max(1, video.playbackRate) + 500
      )
        add(last, now)
      last = now
    }

    function send() {
      if (played.length === 0) return
      const ranges = played.slice(0, 500)
      played = []
      report('watch', { ranges })
    }

    function draw() {
      const bar = document.querySelector('#watched svg')
      if (!bar) return
      const share = watched.reduce((sum, [from, to]) => sum + to - from, 0) / durationMs
      const words = document.querySelector('#watched [data-text]')
      // The whole is said by the server alone.
      if (words)
        words.textContent = words.dataset.text.replace('{n}', String(Math.min(99, Math.floor(share * 100))))
      const space = 'http://www.w3.org/2000/svg'
      bar.replaceChildren(
        ...watched.map(([from, to]) => {
          const part = document.createElementNS(space, 'rect')
          part.setAttribute('x', String((from / durationMs) * 1000))
          part.setAttribute('width', String(((to - from) / durationMs) * 1000))
          part.setAttribute('y', '0')
          part.setAttribute('height', '10')
          return part
        }),
      )
    }

    video.addEventListener('timeupdate', advance)
    video.addEventListener('play', () => {
      last = here()
    })
    video.addEventListener('pause', () => {
      advance()
      send()
    })
    video.addEventListener('ended', () => {
      if (last !== null && durationMs - last < 2000) add(last, durationMs)
      last = null
      send()
    })
    video.addEventListener('seeking', () => {
      last = null
      if (!maySkip && here() > frontier() + 1000) video.currentTime = frontier() / 1000
    })
    video.addEventListener('seeked', () => {
      last = here()
    })
    video.addEventListener('ratechange', () => {
      if (video.playbackRate > Number(maxSpeed)) video.playbackRate = Number(maxSpeed)
    })
    setInterval(() => {
      if (!video.paused) send()
    }, beatMs)

    return {
      report: () => {
        advance()
        send()
      },
    }
  }

  function merge(ranges) {
    const merged = []
    for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
      const end = merged[merged.length - 1]
      if (end && from <= end[1]) end[1] = Math.max(end[1], to)
      else merged.push([from, to])
    }
    return merged
  }

  // ---- forms, drafts, reading: again on each part that was fetched anew ----

  function attend(root) {
    for (const form of root.querySelectorAll('form[data-act]')) {
      form.addEventListener('submit', (event) => {
        event.preventDefault()
        hand(form)
      })
    }
    attendReading(root)
    for (const area of root.querySelectorAll('textarea[data-draft]')) attendDraft(area)
  }

  function hand(form) {
    const missing = firstMissing(form)
    if (missing) return missing.focus()
    const fields = {}
    for (const [name, value] of new FormData(form)) {
      if (['_csrf', 'event', 'kind'].includes(name)) continue
      fields[name] = name in fields ? [fields[name], value].flat() : value
    }
    const id = form.elements.event.value
    for (const button of form.querySelectorAll('button')) button.disabled = true
    clearTimeout(drafting)
    if (form.dataset.act === 'read') report('read', {}, id)
    else report('answer', { fields }, id)
  }

  /** A group of boxes to tick needs at least one; browsers check radio buttons only. */
  function firstMissing(form) {
    for (const set of form.querySelectorAll('fieldset')) {
      const boxes = [...set.querySelectorAll('input[type=checkbox]')]
      if (boxes.length > 0 && !boxes.some((box) => box.checked)) return boxes[0]
    }
    return null
  }

  function attendReading(root) {
    const end = root.querySelector('#read-end')
    const button = root.querySelector('form[data-act=read] button')
    if (!end || !button || !('IntersectionObserver' in window)) return
    button.disabled = true
    const watcher = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return
      button.disabled = false
      watcher.disconnect()
    })
    watcher.observe(end)
  }

  let drafting = 0

  function attendDraft(area) {
    const count = area.form?.querySelector('[data-count]')
    const state = document.getElementById('draft-state')
    const show = () => {
      if (count)
        count.textContent = count.dataset.count.replace(
          '{n}',
          String([...area.value.replace(/\s/g, '')].length),
        )
    }
    const keep = () => {
      clearTimeout(drafting)
      if (area.isConnected && area.value !== kept) report('draft', { text: area.value })
      kept = area.value
    }
    let kept = area.value
    show()
    area.addEventListener('input', () => {
      show()
      if (state) state.textContent = ''
      clearTimeout(drafting)
      drafting = setTimeout(keep, 1500)
    })
    // Before anything else is clicked: a session in page memory leaves the page without saying so.
    area.addEventListener('change', keep)
  }

  // ---- what the server answered ----

  document.addEventListener('xueshi:taken', ({ detail: { batch, said } }) => {
    const mine = batch.filter((act) => act.unit === unit)
    if (mine.some((act) => act.kind === 'draft')) {
      const state = document.getElementById('draft-state')
      if (state) state.textContent = state.dataset.saved
    }
    const refusedAct = said.results?.find((result) => !result.ok)
    const handed = mine.some((act) => act.kind === 'answer' || act.kind === 'read')
    const now = said.units?.[unit]
    if (handed || refusedAct || (now?.done && !document.getElementById('next'))) renew(refusedAct?.code)
  })

  /** Fetches the changing part of the page again. A playing video stays: only what stands after it is taken over. */
  async function renew(refusal) {
    try {
      const address = refusal
        ? `${location.pathname}?refusal=${encodeURIComponent(refusal)}`
        : location.pathname
      const answer = await fetch(address, { headers: { accept: 'text/html' } })
      if (!answer.ok) return
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('unit')
      const old = document.getElementById('unit')
      if (!fresh || !old) return
      const video = document.getElementById('video')
      if (video) fresh.querySelector('#video')?.replaceWith(placeholder())
      old.replaceWith(fresh)
      if (video) document.getElementById('video-place')?.replaceWith(video)
      attend(fresh)
      // What became of it comes into view and under the reader's cursor.
      const outcome = fresh.querySelector('.notice')
      outcome?.setAttribute('tabindex', '-1')
      outcome?.focus({ preventScroll: true })
      outcome?.scrollIntoView({ block: 'nearest' })
    } catch {
      // What was handed in is safe; the page shows it when it is opened again.
    }
  }

  function placeholder() {
    const place = document.createElement('div')
    place.id = 'video-place'
    return place
  }

  // ---- begin, leave, come back ----

  queue = store.read()
  window.addEventListener('online', () => flush())
  if (!unit) {
    // The list of tasks: what another page left unsent goes out, and then the list is drawn again.
    document.addEventListener('xueshi:taken', () =>
      document.querySelector('.nav a[aria-current=page]')?.click(),
    )
    flush()
    return
  }
  attend(document)
  report('open')
  window.addEventListener('pagehide', () => {
    player?.report()
    clearTimeout(drafting)
    const area = document.querySelector('textarea[data-draft]')
    if (area?.value && area.value !== area.defaultValue) {
      queue = queue.filter((act) => act.kind !== 'draft')
      queue.push({ id: newId(), unit, kind: 'draft', ms: 0, text: area.value })
    }
    const ms = studiedMs()
    queue.push({ id: newId(), unit, kind: 'leave', ms, visit_ms: Math.min(86_400_000, visitMs) })
    store.write()
    flush({ leaving: true })
  })
})()
