import { backendContract } from '../contract/contract.ts';
import { reference } from './reference.ts';

backendContract(reference);
