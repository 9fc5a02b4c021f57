import { readFile } from 'node:fs/promises'
import t from 'tap'
import { checkCourse, importCourse } from '../../lti-tool/coursework/import.ts'
import { newestPackage } from '../../lti-tool/coursework/package-store.ts'
import { freshGround } from '../support/ground.ts'
import { courseYaml, questionsYaml, writeCourse } from './coursework-world.ts'

t.test(
  'a good package is imported, the same again changes nothing, and a change is a new version',
  async (t) => {
    const ground = await freshGround(t)
    const dir = await writeCourse(t)

    const first = await importCourse(ground, dir, 'test')
    const again = await importCourse(ground, dir, 'test')
    const changed = await importCourse(
      ground,
      await writeCourse(t, { 'course.yaml': courseYaml.replace('第一课', '第一讲') }),
      'test',
    )

    t.match(first, { code: 'kc-2026-001', version: 1, units: 5, unchanged: false })
    t.match(again, { version: 1, unchanged: true })
    t.match(changed, { version: 2, unchanged: false })
    t.equal((await newestPackage(ground.db, 'kc-2026-001'))?.content.units[0]?.title, '第一讲')
    t.equal((await ground.db('course_media')).length, 1)
    t.equal((await ground.db('course_media_part')).length, 2)
  },
)

t.test('an import that broke off half-way is completed by the next one', async (t) => {
  const ground = await freshGround(t)
  const dir = await writeCourse(t)
  await importCourse(ground, dir, 'test')
  await ground.db('course_media').delete()
  await ground.db('course_media_part').where({ part_no: 1 }).delete()

  await importCourse(ground, dir, 'test')

  const parts = await ground.db('course_media_part').orderBy('part_no')
  t.same(Buffer.concat(parts.map(({ content }) => content)), await readFile(`${dir}/u2.mp4`))
})

const aliasBomb = `
  a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]
  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
  d: [*c, *c, *c, *c, *c, *c, *c, *c, *c]`

const faultyCourses: [string, string, string, number, RegExp][] = [
  [
    'an unknown kind of unit',
    'kind: reflection',
    'kind: essay',
    8,
    /reading, video, quiz, reflection, evaluation/,
  ],
  ['an unknown key', 'title: 讲座,', 'title: 讲座, speed: 2,', 6, /unknown key: speed/],
  ['a missing title', 'title: 讲座, ', '', 6, /title/],
  ['a file that is not there', 'file: u1.md', 'file: none.md', 5, /no file none\.md/],
  ['a file outside the folder', 'file: u1.md', 'file: ../../../../../../etc/passwd', 5, /no file/],
  ['a unit id twice', 'id: u5', 'id: u1', 9, /called u1 already/],
  ['a video of another type', 'file: u2.mp4', 'file: u1.md', 6, /video/],
  ['a mark beyond 100', 'pass_mark: 60', 'pass_mark: 600', 7, /pass_mark/],
  ['an unknown schema', 'xueshi-course/1', 'xueshi-course/9', 1, /schema/],
  ['broken YAML', 'code: kc-2026-001', 'code: [', 3, /./],
  ['a title in asterisks, which YAML takes for an alias', 'title: 师德与法治', 'title: *重点*', 3, /重点/],
  ['a list that aliases blow up', 'title: 师德与法治', `title: ${aliasBomb}`, 5, /alias/],
]

for (const [what, right, wrong, line, words] of faultyCourses) {
  t.test(`${what} is refused with its line`, async (t) => {
    const dir = await writeCourse(t, { 'course.yaml': courseYaml.replace(right, wrong) })

    const { ok, faults } = await checkCourse(dir)

    t.equal(ok, false)
    t.match(faults[0], { file: 'course.yaml', line })
    t.match(faults[0]?.detail, words)
  })
}

const faultyQuestions: [string, string, string, number, RegExp][] = [
  [
    'an unknown kind of question',
    'kind: true-false',
    'kind: essay',
    3,
    /single, multiple, true-false, ordering, short-answer/,
  ],
  ['an answer that is no choice', 'answer: b', 'answer: z', 1, /no choice z/],
  ['an ordering that leaves one out', 'answer: [y, x]', 'answer: [y, y]', 4, /every choice once/],
  ['a truth that is text', 'answer: true', 'answer: ja', 3, /answer/],
  ['a key of another kind', 'text: 学高为师。', 'text: 学高为师。, choices: []', 3, /unknown key: choices/],
]

for (const [what, right, wrong, line, words] of faultyQuestions) {
  t.test(`${what} is refused with its line in the file of questions`, async (t) => {
    const dir = await writeCourse(t, { 'u3.yaml': questionsYaml.replace(right, wrong) })

    const { faults } = await checkCourse(dir)

    t.match(faults[0], { file: 'u3.yaml', line })
    t.match(faults[0]?.detail, words)
  })
}

t.test('every fault is named at once, and nothing is imported', async (t) => {
  const ground = await freshGround(t)
  const dir = await writeCourse(t, {
    'u1.md': '一\n\n![图](missing.png)\n',
    'u3.yaml': questionsYaml.replace('answer: b', 'answer: z').replace('answer: [y, x]', 'answer: [y]'),
  })

  const refused = importCourse(ground, dir, 'test')

  await t.rejects(refused, {
    code: 'course-invalid',
    errors: [
      { file: 'u1.md', line: 3 },
      { file: 'u3.yaml', line: 4 },
    ],
  })
  t.equal((await ground.db('course_package')).length, 0)
  t.equal((await ground.db('course_media')).length, 0)
})

t.test('a folder without a course says so', async (t) => {
  await t.rejects(checkCourse(t.testdir({})), { code: 'course-missing' })
  await t.rejects(checkCourse('/none'), { code: 'course-missing' })
})
