import t from 'tap'
import { aConformanceScene, holdRequirements } from './conformance-scene.ts'
import { ofActors } from './requirements-actors.ts'
import { ofForm } from './requirements-form.ts'
import { ofObjects } from './requirements-objects.ts'
import { ofValues } from './requirements-values.ts'

const scene = await aConformanceScene(t)

holdRequirements(t, scene, [...ofForm, ...ofActors, ...ofObjects, ...ofValues])
