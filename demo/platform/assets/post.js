const form = document.getElementById('post')
const copies = Number(form.dataset.copies)

// The further copies go first, each into a frame of its own, so that the last one shows what became of it.
for (let copy = 1; copy < copies; copy += 1) {
  const frame = document.createElement('iframe')
  frame.name = `copy-${copy}`
  frame.hidden = true
  document.body.append(frame)
  const twin = form.cloneNode(true)
  twin.removeAttribute('id')
  twin.target = frame.name
  document.body.append(twin)
  twin.submit()
}

// A pause only where there are copies: leaving at once would cancel what they send.
setTimeout(() => form.submit(), copies > 1 ? 300 : 0)
