export { eventTypes, type EventType } from './event-type.js';
export { Event, type EventPayload } from './event.entity.js';
export { Events, type EventAbout } from './events.store.js';
export { EventsModule } from './events.module.js';
