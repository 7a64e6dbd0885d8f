import type { Backend } from './backend.ts';
import { reference } from './reference/reference.ts';

/** The backend of new tensors. An op runs on the backend of its inputs' storages. */
export const defaultBackend: Backend = reference;
