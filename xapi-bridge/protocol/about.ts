import { jsonAnswer, type Resource } from './exchange.ts'

/** `/xapi/about`: which versions are spoken. Open to everybody. */
export const about: Resource = {
  path: '/about',
  isOpen: true,
  methods: { GET: async () => jsonAnswer('{"version":["1.0.3","2.0.0"]}') },
}
