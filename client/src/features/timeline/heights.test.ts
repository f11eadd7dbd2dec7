import fc from "fast-check";
import { expect, test } from "vitest";
import { Heights } from "./heights";

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `row${from + i}`);

function filled(count: number, height = 20): Heights {
  const heights = new Heights();
  heights.update(ids(0, count), () => height);
  return heights;
}

test("sums and finds", () => {
  const heights = filled(5);
  heights.set(1, 50);
  expect([0, 1, 2, 3, 4, 5].map((i) => heights.top(i))).toEqual([0, 20, 70, 90, 110, 130]);
  expect(heights.total).toBe(130);
  expect([-5, 0, 19, 20, 69, 70, 129, 130, 999].map((at) => heights.at(at))).toEqual([0, 0, 0, 1, 1, 2, 4, 4, 4]);
});

test("is empty without rows", () => {
  const heights = new Heights();
  expect([heights.total, heights.top(3), heights.at(10), heights.indexOf("x")]).toEqual([0, 0, 0, -1]);
});

test("keeps measured heights when rows come in front, behind and in between", () => {
  const heights = filled(3);
  heights.set(0, 31);
  heights.set(2, 33);
  heights.update(["older", ...ids(0, 3), "newer"], () => 10);
  expect([0, 1, 2, 3, 4].map((i) => heights.heightOf(i))).toEqual([10, 31, 20, 33, 10]);
  heights.update(["older", "row0", "row1", "between", "row2", "newer"], () => 7);
  expect([0, 1, 2, 3, 4, 5].map((i) => heights.heightOf(i))).toEqual([10, 31, 20, 7, 33, 10]);
  heights.update(["row2", "other"], () => 9);
  expect([heights.length, heights.heightOf(0), heights.heightOf(1)]).toEqual([2, 33, 9]);
});

test("says whether a measurement changed anything", () => {
  const heights = filled(2);
  expect([heights.set(0, 20), heights.set(0, 20.01), heights.set(0, 20.01), heights.set(5, 1), heights.set(-1, 1)]).toEqual([
    false,
    true,
    false,
    false,
    false,
  ]);
});

test("agrees with plain addition, whatever happens", () => {
  const change = fc.record({ index: fc.nat(60), height: fc.integer({ min: 1, max: 500 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(change, { maxLength: 40 }), fc.nat(20_000), (count, changes, offset) => {
      const heights = filled(count);
      const plain = Array.from({ length: count }, () => 20);
      for (const { index, height } of changes) {
        if (heights.set(index, height)) plain[index] = height;
      }
      const tops = plain.map((_, i) => plain.slice(0, i).reduce((sum, each) => sum + each, 0));
      expect(plain.map((_, i) => heights.top(i))).toEqual(tops);
      const want = tops.findLastIndex((top) => top <= offset);
      expect(heights.at(offset)).toBe(want);
    }),
  );
});

test("finds rows again wherever others come and go", () => {
  const list = fc.uniqueArray(fc.nat(30), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(list, fc.array(fc.nat(30), { maxLength: 5 })), { maxLength: 10 }), (steps) => {
      const heights = new Heights();
      for (const [numbers, wanted] of steps) {
        heights.update(numbers.map(String), () => 20);
        for (const number of wanted) expect(heights.indexOf(String(number))).toBe(numbers.indexOf(number));
      }
    }),
  );
});
