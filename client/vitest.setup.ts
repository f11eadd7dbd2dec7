import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Testing Library unmounts by itself only where the test functions are globals, which they are not here.
afterEach(cleanup);

// A machine that is busy takes its time; what never comes still fails.
configure({ asyncUtilTimeout: 10_000 });
