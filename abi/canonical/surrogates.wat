;; Whether the UTF-16 units from $at to $end (bytes; nine units or more) hold a surrogate without its partner.
;; surrogates.ts has the assembled bytes; a test compares them with this text.
(module
  (import "" "" (memory 0))
  (func (export "") (param $at i32) (param $end i32) (result i32)
    (local $start i32)
    (local $surrogate v128) (local $five v128)
    (local $low v128) (local $high v128) (local $six v128)
    ;; The first unit has none before it, the last one none after it.
    (if (i32.or
          (i32.eq
            (i32.and (i32.load16_u (local.get $at)) (i32.const 0xfc00))
            (i32.const 0xdc00))
          (i32.eq
            (i32.and (i32.load16_u (i32.sub (local.get $end) (i32.const 2))) (i32.const 0xfc00))
            (i32.const 0xd800)))
      (then (return (i32.const 1))))
    (local.set $start (local.get $at))
    ;; Splats, and no constants: V8 would make those anew in every round.
    (local.set $five (i16x8.splat (i32.const 0xf800)))
    (local.set $surrogate (i16x8.splat (i32.const 0xd800)))
    ;; 32 units at a time, as long as there is no surrogate at all.
    (block $found
      (loop $next
        (br_if $found (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 64)))
        (br_if $found
          (v128.any_true
            (v128.or
              (v128.or
                (i16x8.eq (v128.and (v128.load align=1 (local.get $at)) (local.get $five))
                  (local.get $surrogate))
                (i16x8.eq (v128.and (v128.load offset=16 align=1 (local.get $at)) (local.get $five))
                  (local.get $surrogate)))
              (v128.or
                (i16x8.eq (v128.and (v128.load offset=32 align=1 (local.get $at)) (local.get $five))
                  (local.get $surrogate))
                (i16x8.eq (v128.and (v128.load offset=48 align=1 (local.get $at)) (local.get $five))
                  (local.get $surrogate))))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $next)))
    (if (i32.eq (local.get $at) (local.get $end)) (then (return (i32.const 0))))
    ;; From here on: a unit is a low surrogate exactly where the one before it is a high one.
    (if (i32.eq (local.get $at) (local.get $start))
      (then (local.set $at (i32.add (local.get $at) (i32.const 2)))))
    (local.set $six (i16x8.splat (i32.const 0xfc00)))
    (local.set $high (i16x8.splat (i32.const 0xd800)))
    (local.set $low (i16x8.splat (i32.const 0xdc00)))
    (local.set $end (i32.sub (local.get $end) (i32.const 16)))
    (loop $next
      ;; The last eight units are looked at whole, whatever was seen of them before.
      (if (i32.gt_u (local.get $at) (local.get $end)) (then (local.set $at (local.get $end))))
      (if (v128.any_true
            (v128.xor
              (i16x8.eq (v128.and (v128.load align=1 (local.get $at)) (local.get $six)) (local.get $low))
              (i16x8.eq
                (v128.and
                  (v128.load align=1 (i32.sub (local.get $at) (i32.const 2)))
                  (local.get $six))
                (local.get $high))))
        (then (return (i32.const 1))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (i32.add (local.get $end) (i32.const 16)))))
    (i32.const 0)))
