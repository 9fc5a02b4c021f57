// Tells the platform's page around this one that the registration is done (LTI Dynamic Registration 1.0 §3.4).
;(() => {
  const { closeTo } = document.body.dataset
  const around = window.opener ?? (window.parent === window ? null : window.parent)
  const tell = () => around?.postMessage({ subject: 'org.imsglobal.lti.close' }, closeTo)
  document.getElementById('close')?.addEventListener('click', () => {
    tell()
    window.close()
  })
  tell()
})()
