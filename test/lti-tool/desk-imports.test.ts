// @lane embedded: what it writes is tested in the rooms below on both engines.
import t from 'tap'
import { auditPage } from '../../ledger/audit/read.ts'
import { teachersOf } from '../../ledger/roster/people.ts'
import { aCsv, aRoster } from '../support/roster.ts'
import { deskWorld, type Person } from './desk-world.ts'

const catalogueYaml = `schema: xueshi-catalogue/1
projects:
  - project_no: XM-1
    title: 测试项目
    organisers: [测试区教师发展中心]
    recognition_level: district
    approved_on: 2026-01-01
    offerings:
      - code: KC-1
        title: 测试课程
        category: 师德与素养
        form: 网络研修
        audience: all
        hours: "2"
        award_basis: fixed_on_pass
        approval_mode: auto
`

t.test('imports', async (t) => {
  const world = await deskWorld(t)
  const { db } = world.ground
  const admin = await world.person('district_admin')

  const asFiles = (files: { name: string; bytes: Uint8Array }[]) =>
    files.map((file) => ({ field: 'files', ...file }))
  const seenIn = (body: string) => /name="seen" value="([0-9a-f]+)"/.exec(body)?.[1] ?? ''
  const roster = (
    person: Person,
    fields: Record<string, string>,
    files: { name: string; bytes: Uint8Array }[],
  ) => person.upload('/desk/imports/roster', fields, asFiles(files))
  const known = async (no: string) =>
    (await teachersOf(db, { query: no, today: '2026-11-21' })).items.map(({ teacherNo }) => teacherNo)

  t.test('a roster is looked at first and imported as it was looked at', async (t) => {
    const r = aRoster()

    const preview = await roster(admin, { step: 'preview' }, r.files('gb18030'))
    t.equal(preview.statusCode, 200)
    t.match(preview.body, '预览：新增或变更 学校 2、教师 3、任职 4')
    t.strictSame(await known(r.no('T0001')), [])

    const unseen = await roster(admin, { step: 'import' }, r.files('gb18030'))
    t.match(unseen.body, '请先预览')
    const other = await roster(admin, { step: 'import', seen: seenIn(preview.body) }, r.files('utf-8'))
    t.match(other.body, '所选文件与预览的不同')
    t.strictSame(await known(r.no('T0001')), [])

    const done = await roster(
      admin,
      { step: 'import', seen: seenIn(preview.body) },
      r.files('gb18030').reverse(),
    )
    t.match(done.body, '已导入：学校 2、教师 3、任职 4')
    t.strictSame(await known(r.no('T0001')), [r.no('T0001')])
    const { events } = await auditPage(db, { action: 'roster-imported' })
    t.match(events[0], { actor: `login:${admin.login}` })
    t.match((await roster(admin, { step: 'preview' }, r.files())).body, '没有带来任何变化')
  })

  t.test('rows that cannot be taken come back with line, column and reason, and as a file', async (t) => {
    const r = aRoster()
    const damaged = `${r.id(1).slice(0, -1)}${r.id(1).endsWith('X') ? '1' : 'X'}`
    const file = r.csv('教师 (二).csv', [
      '教师编号,姓名,证件号码,状态',
      `T0001,张伟,${damaged},在岗`,
      `T0002,李娜,${r.id(2)},在岗`,
    ])

    const { body } = await roster(admin, { step: 'preview' }, [file])

    t.match(body, '不能导入 1 行')
    t.match(body, '教师 (二).csv')
    t.match(body, '证件号码')
    const table = body.slice(body.indexOf('不能导入的行'))
    t.notMatch(table.replace(/value="[^"]*"/g, ''), damaged)

    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(table)?.[1] ?? ''
    const back = await admin.post('/desk/imports/failed', { name: field('name'), bytes: field('bytes') })
    t.equal(back.statusCode, 200)
    t.match(back.headers, {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': /^attachment; filename="failed.csv"; filename\*=UTF-8''%E6/,
      'cache-control': 'no-store',
    })
    t.match(back.body, /行号,列,原因/)
    t.match(back.body, damaged)
    t.equal((await admin.post('/desk/imports/failed', {})).statusCode, 400)
  })

  t.test('no file, and files that are no roster, are told', async (t) => {
    t.match(await roster(admin, { step: 'preview' }, []), { statusCode: 422, body: /请选择文件/ })
    const strange = await roster(admin, { step: 'preview' }, [aCsv('课表.csv', ['甲,乙', '1,2'])])
    t.match(strange, { statusCode: 422, body: /课表.csv：认不出表头/ })
    const workbook = { name: '名册.xlsx', bytes: Buffer.from([0x50, 0x4b, 3, 4, 0, 0]) }
    t.match((await roster(admin, { step: 'preview' }, [workbook])).body, '另存为 CSV')
  })

  t.test('a file beyond the limit is refused with a page', async (t) => {
    const answer = await roster(admin, {}, [{ name: 'a.csv', bytes: Buffer.alloc(11 * 1024 * 1024, 65) }])

    t.match(answer, { statusCode: 413, headers: { 'content-type': /html/ }, body: /文件过大/ })
  })

  t.test('an import is taken back while nothing depends on it', async (t) => {
    const r = aRoster()
    const { body } = await roster(admin, { step: 'preview' }, r.files())
    await roster(admin, { step: 'import', seen: seenIn(body) }, r.files())
    const id =
      /name="import_id" value="([0-9a-f-]+)"/.exec((await admin.get('/desk/imports')).body)?.[1] ?? ''

    const answer = await admin.post('/desk/imports/undo', { import_id: id })

    t.match(answer, { statusCode: 303, headers: { location: '/desk/imports?undone=1' } })
    t.strictSame(await known(r.no('T0001')), [])
    t.match((await admin.get('/desk/imports')).body, '已撤销')
    t.match(await admin.post('/desk/imports/undo', { import_id: id }), {
      statusCode: 409,
      headers: { 'content-type': /html/ },
      body: /这次导入已经撤销/,
    })
    t.match(await admin.post('/desk/imports/undo', { import_id: 'x' }), { statusCode: 400 })
  })

  t.test('an import on which something depends stays', async (t) => {
    await world.claim('T0001')
    const { body } = await admin.get('/desk/imports')
    const first = [...body.matchAll(/name="import_id" value="([0-9a-f-]+)"/g)].at(-1)?.[1] ?? ''

    const answer = await admin.post('/desk/imports/undo', { import_id: first })

    t.match(answer, { statusCode: 409, body: /已有学时记录/ })
  })

  t.test('a catalogue is imported, or its faults are named by line', async (t) => {
    const catalogue = (text: string | Buffer) =>
      admin.upload('/desk/imports/catalogue', {}, [
        { field: 'catalogue', name: 'kc.yaml', bytes: Buffer.from(text) },
      ])

    t.match((await catalogue(catalogueYaml)).body, '已导入：项目 1、课程 1、班期 0、场次 0')
    const faulty = await catalogue(catalogueYaml.replace('hours: "2"', 'hours: "二"'))
    t.equal(faulty.statusCode, 422)
    t.match(faulty.body, '尚未写入')
    t.match(faulty.body.replace(/<[^>]+>/g, ' '), /\s14\s.*\/projects\/0\/offerings\/0\/hours/)
    t.match(await catalogue(Buffer.from([0xff, 0xfe, 0x00])), { statusCode: 422, body: /不是 UTF-8/ })
    t.match(await admin.upload('/desk/imports/catalogue', {}, []), { statusCode: 422, body: /请选择文件/ })
  })

  t.test('nobody else imports', async (t) => {
    for (const role of ['checker', 'inspector', 'operator'] as const) {
      const person = await world.person(role)
      t.equal((await roster(person, { step: 'preview' }, aRoster().files())).statusCode, 403)
      const urls = ['/desk/imports/catalogue', '/desk/imports/failed', '/desk/imports/undo']
      for (const url of urls) t.equal((await person.post(url, {})).statusCode, 403)
    }
  })
})
