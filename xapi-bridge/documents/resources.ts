import type { Resource } from '../protocol/exchange.ts'
import { getActivity } from './activity.ts'
import { documentResource, type Keeping } from './document-resource.ts'
import { getPerson } from './person.ts'

/** Everything of xAPI beside statements: documents of content, and what is known of agents and activities. */
export function documentResources(on: Keeping): Resource[] {
  return [
    documentResource(on, '/activities/state', 'state'),
    documentResource(on, '/agents/profile', 'agent-profile'),
    documentResource(on, '/activities/profile', 'activity-profile'),
    { path: '/agents', methods: { GET: (request) => getPerson(on, request) } },
    { path: '/activities', methods: { GET: (request) => getActivity(on, request) } },
  ]
}
