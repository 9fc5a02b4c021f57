import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type LaunchWish, prepareLaunch } from './begin.ts'
import { coursePage, toolPage } from './course-page.tsx'
import type { PlatformCourse } from './courses.ts'
import { gradebookPage } from './gradebook-page.tsx'
import { loginParametersOf } from './launches.ts'
import { linksOf, type ResourceLink } from './links.ts'
import { readModes } from './modes.ts'
import { coursesPage, formPostPage } from './pages.tsx'
import type { Person } from './people.ts'
import type { Platform } from './platform.ts'
import { rosterPage } from './roster-page.tsx'
import { notFound, sendPage, viewOf, wordsIn } from './site.ts'
import { texts } from './texts.ts'
import { activeTool, toolOfDeployment } from './tools.ts'

interface OpeningQuery {
  open?: string
  target?: string
  deployment?: string
  mode?: string | string[]
  link?: string
  to?: string
  item?: string
  client?: string
  learner?: string
}

type CourseRequest = FastifyRequest<{ Params: { id: string }; Querystring: OpeningQuery }>

/** The pages of courses: opening the tool, adding content from it, gradebook and roster. */
export function courseRoutes(app: FastifyInstance, platform: Platform): void {
  app.get('/courses', (request, reply) => {
    const person = platform.signedIn(request)
    if (!person) return reply.redirect('/', 303)
    const courses = platform.courses.filter((course) => course.deploymentIds.includes(person.deploymentId))
    return sendPage(reply, coursesPage(viewOf(platform, request), courses))
  })

  onCourse('/courses/:id', (request, reply, person, course) => {
    const links = linksOf(platform.links, course)
    const link = links.find((each) => each.id === request.query.link) ?? links[0]
    if (!link) return notFound(platform, request, reply)
    const words = wordsIn(request.query.mode)
    const deploymentId = deploymentFor(request.query, person, link)
    const frame = { link: link.id, deployment: deploymentId }
    return sendPage(
      reply,
      coursePage(viewOf(platform, request), {
        course,
        link,
        links,
        frameUrl: request.query.open === 'frame' ? startUrl(course, frame, words) : null,
        storage: storageFor(words),
        deployments: platform.tools
          .filter((tool) => tool.state === 'active')
          .flatMap((tool) => tool.deploymentIds),
        deploymentId,
        modes: words,
        leads: person.role === 'leader',
        oversees: oversees(person),
      }),
    )
  })

  // A GET that begins a launch, as real platforms have it: the frame's address is all a course page can give.
  onCourse('/courses/:id/start', (request, reply, person, course) => {
    const { query } = request
    const link = linksOf(platform.links, course).find((each) => each.id === query.link) ?? null
    const deploymentId = deploymentFor(query, person, link)
    const tool = toolOfDeployment(platform.tools, deploymentId)
    const kind = kindFor(query, person, course)
    if (!tool || !kind) return notFound(platform, request, reply)
    const launch = prepareLaunch(platform, {
      person,
      course,
      link,
      kind,
      tool,
      deploymentId,
      documentTarget: query.target === 'window' ? 'window' : 'iframe',
      locale: viewOf(platform, request).language === 'en' ? 'en' : 'zh-CN',
      words: wordsIn(query.mode),
    })
    const fields = loginParametersOf(launch, platform.site.publicUrl)
    const method = launch.modes.login.includes('get') ? 'get' : 'post'
    return sendPage(reply, formPostPage(tool.loginUrl, fields, { copies: 1, method }))
  })

  onCourse('/courses/:id/add-content', (request, reply, person, course) => {
    if (person.role !== 'leader') return notFound(platform, request, reply)
    const words = wordsIn(request.query.mode)
    const frame = { to: 'add-content', deployment: request.query.deployment ?? person.deploymentId }
    return sendToolPage(request, reply, course, { frame, words, name: 'addContent' })
  })

  onCourse('/courses/:id/review', (request, reply, person, course) => {
    const { item = '', client = '', learner = '' } = request.query
    const kind = kindFor({ ...request.query, to: 'review' }, person, course)
    const tool = activeTool(platform.tools, client)
    if (kind?.to !== 'review' || !tool) return notFound(platform, request, reply)
    const deployment = deploymentOf(tool.deploymentIds, kind.learner)
    const frame = { to: 'review', item, client, learner, deployment }
    return sendToolPage(request, reply, course, {
      frame,
      words: wordsIn(request.query.mode),
      name: 'review',
    })
  })

  onCourse('/courses/:id/gradebook', (request, reply, person, course) => {
    const all = platform.roster.membersOf(course)
    const members = oversees(person) ? all : all.filter((member) => member.person.key === person.key)
    // A course is one to its people, whatever client ids lead to it: columns of others are shown once they hold something.
    const columns = platform.tools
      .flatMap((tool) => platform.gradebook.itemsOf(course, tool.clientId).map((item) => ({ item, tool })))
      .filter(({ item, tool }) => tool.deploymentIds.includes(person.deploymentId) || item.scores.size > 0)
    return sendPage(reply, gradebookPage(viewOf(platform, request), { course, members, columns }))
  })

  onCourse('/courses/:id/roster', (request, reply, person, course) => {
    if (!oversees(person)) return notFound(platform, request, reply)
    return sendPage(
      reply,
      rosterPage(viewOf(platform, request), { course, members: platform.roster.membersOf(course) }),
    )
  })

  app.post<{ Params: { id: string }; Body: { person?: string; status?: string } | null }>(
    '/courses/:id/roster',
    (request, reply) => {
      const course = platform.courses.find((each) => each.id === request.params.id)
      const person = platform.signedIn(request)
      const member = course
        ? platform.roster.membersOf(course).find((each) => each.person.key === request.body?.person)
        : undefined
      if (!course || !member || !person || !oversees(person)) return notFound(platform, request, reply)
      platform.roster.set(course, member.person, request.body?.status === 'Inactive' ? 'Inactive' : 'Active')
      return reply.redirect(`/courses/${course.id}/roster`, 303)
    },
  )

  function onCourse(
    path: string,
    show: (request: CourseRequest, reply: FastifyReply, person: Person, course: PlatformCourse) => unknown,
  ): void {
    app.get<{ Params: { id: string }; Querystring: OpeningQuery }>(path, (request, reply) => {
      const person = platform.signedIn(request)
      const course = platform.courses.find((each) => each.id === request.params.id)
      if (!person) return reply.redirect('/', 303)
      if (!course) return notFound(platform, request, reply)
      return show(request, reply, person, course)
    })
  }

  function sendToolPage(
    request: FastifyRequest,
    reply: FastifyReply,
    course: PlatformCourse,
    { frame, words, name }: { frame: Record<string, string>; words: string[]; name: 'addContent' | 'review' },
  ) {
    const view = viewOf(platform, request)
    const text = texts[view.language]
    const back: [string, string] =
      name === 'review'
        ? [`/courses/${course.id}/gradebook`, text.gradebook]
        : [`/courses/${course.id}`, course.title[view.language]]
    return sendPage(
      reply,
      toolPage(view, {
        title: text[name],
        hint: text[`${name}Hint`],
        back,
        frameUrl: startUrl(course, frame, words),
        storage: storageFor(words),
      }),
    )
  }

  function storageFor(words: string[]): string {
    return readModes([...platform.standingModes, ...words]).storage
  }

  // Null where this person may not do it: only the leader adds content, and a submission is seen by its author and the leader.
  function kindFor(query: OpeningQuery, person: Person, course: PlatformCourse): LaunchWish['kind'] | null {
    if (query.to === 'add-content') return person.role === 'leader' ? { to: 'add-content' } : null
    if (query.to !== 'review') return { to: 'open' }
    const lineItem = platform.gradebook
      .itemsOf(course, query.client ?? '')
      .find((each) => each.id === query.item)
    const learner = platform.roster.memberBy(course, query.learner ?? '')?.person
    if (!lineItem || !learner) return null
    return oversees(person) || learner.key === person.key ? { to: 'review', learner, lineItem } : null
  }
}

/** Whether somebody sees the grades and the roster of others. */
function oversees(person: Person): boolean {
  return person.role !== 'teacher' && person.role !== 'test-user'
}

function deploymentFor(query: OpeningQuery, person: Person, link: ResourceLink | null): string {
  return query.deployment ?? link?.deploymentId ?? person.deploymentId
}

function deploymentOf(deploymentIds: string[], { deploymentId }: Person): string {
  return deploymentIds.includes(deploymentId) ? deploymentId : (deploymentIds[0] ?? '')
}

function startUrl(course: PlatformCourse, parameters: Record<string, string>, words: string[]): string {
  const query = new URLSearchParams({ target: 'iframe', ...parameters })
  for (const word of words) query.append('mode', word)
  return `/courses/${course.id}/start?${query}`
}
