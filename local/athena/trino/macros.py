"""Functions that the engine lacks and that one expression of its own explains.

Each is a macro of the engine. `fail(message)` ends the query, see `functions.failing`.
"""

MACROS = (
    # numbers
    "divided(a, b) AS CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE a // b END",
    "modulo(a, b) AS CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE a % b END",
    "whole(a, factor) AS CAST(a * factor AS HUGEINT)",
    """quotient(a, b) AS CASE WHEN b = 0 THEN fail('DIVISION_BY_ZERO: Division by zero') ELSE
        CASE WHEN (a < 0) <> (b < 0) THEN -1::HUGEINT ELSE 1::HUGEINT END
        * ((abs(a) * 2 + abs(b)) // (abs(b) * 2)) END""",
    "round_decimal(a, digits) AS round(a, CAST(digits AS INTEGER))",
    "truncate_decimal(a, digits) AS trunc(a, CAST(digits AS INTEGER))",
    # texts
    "blanks() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)",
    """cut(a, start, size) AS CASE WHEN start IS NULL OR size IS NULL THEN NULL
        WHEN start = 0 OR size <= 0 OR abs(start) > length(a) THEN ''
        ELSE substr(a, CASE WHEN start < 0 THEN length(a) + start + 1 ELSE start END,
            least(size, length(a))) END""",
    """padded(side, a, size, pad) AS CASE
        WHEN size < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]')
        WHEN pad = '' THEN fail('INVALID_FUNCTION_ARGUMENT: Padding string must not be empty')
        WHEN side = 'lpad' THEN lpad(a, CAST(size AS INTEGER), pad) ELSE rpad(a, CAST(size AS INTEGER), pad) END""",
    """parts(a, sign) AS CASE
        WHEN sign = '' THEN fail('INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string')
        ELSE string_split(a, sign) END""",
    """part(a, sign, place) AS CASE
        WHEN place <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Index must be greater than zero')
        WHEN sign = '' THEN CASE WHEN place <= length(a) THEN substr(a, place, 1) END
        ELSE string_split(a, sign)[place] END""",
    # texts that become other values
    *(
        f"text_to_{name}(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[+-]?[0-9]+') THEN a END AS {name})"
        for name in ("tinyint", "smallint", "integer", "bigint")
    ),
    r"""text_to_number(a) AS CASE WHEN regexp_full_match(a, '\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*')
        THEN trim(a) END""",
    *(
        rf"""text_to_{name}(a) AS TRY_CAST(CASE WHEN regexp_full_match(a,
        '\s*[+-]?(NaN|Infinity|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)\s*') THEN trim(a) END AS {name})"""
        for name in ("double", "real")
    ),
    "text_to_boolean(a) AS CASE WHEN lower(a) IN ('true', 't', '1') THEN true WHEN lower(a) IN ('false', 'f', '0') THEN false END",
    r"text_to_date(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}\s*') THEN trim(a) END AS DATE)",
    r"""text_to_timestamp(a) AS TRY_CAST(CASE WHEN regexp_full_match(a,
        '\s*[0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?)?\s*')
        THEN trim(a) || CASE WHEN regexp_full_match(a, '.* [0-9]{1,2}:[0-9]{1,2}\s*') THEN ':00' ELSE '' END END AS TIMESTAMP)""",
    r"""text_to_time(a) AS TRY_CAST(CASE WHEN regexp_full_match(a, '[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?')
        THEN a || CASE WHEN regexp_full_match(a, '[0-9]{1,2}:[0-9]{1,2}') THEN ':00' ELSE '' END END AS TIME)""",
    """text_as_date(a) AS coalesce(text_to_date(a), CASE WHEN a IS NOT NULL
        THEN fail('INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || a) END)""",
    # times
    """timestamp_text(a, digits) AS strftime(a, '%Y-%m-%d %H:%M:%S')
        || CASE WHEN digits = 0 THEN '' ELSE '.' || left(strftime(a, '%f'), digits) END""",
    "time_text(a, digits) AS substr(timestamp_text(DATE '1970-01-01' + a, digits), 12)",
    "rounded_micros(a, unit) AS a + unit // 2 - (((a + unit // 2) % unit) + unit) % unit",
    "timestamp_rounded(a, digits) AS make_timestamp(rounded_micros(epoch_us(a), CAST(10 ** (6 - digits) AS BIGINT)))",
    "timestamp_truncated(a) AS make_timestamp(epoch_us(a) - ((epoch_us(a) % 1000) + 1000) % 1000)",
    """time_rounded(a, digits) AS CAST(make_timestamp(rounded_micros(epoch_us(DATE '1970-01-01' + a),
        CAST(10 ** (6 - digits) AS BIGINT))) AS TIME)""",
    "time_truncated(a, unit) AS CAST(make_timestamp(epoch_us(DATE '1970-01-01' + a) // unit * unit) AS TIME)",
    "from_seconds(a) AS make_timestamp(CAST(round(a * 1000) AS BIGINT) * 1000)",
    """whole_days(a) AS CASE WHEN a % 86400000 <> 0
        THEN fail('INVALID_FUNCTION_ARGUMENT: Cannot add hour, minutes or seconds to a date') ELSE a // 86400000 END""",
    "date_moved(a, step) AS a + CAST(whole_days(step) AS INTEGER)",
    # times with a zone
    """zoned(a, name) AS CASE WHEN a IS NOT NULL AND name IS NOT NULL THEN struct_pack("at" := a, "zone" := name) END""",
    """offset_minutes(name) AS (CASE WHEN name[1] = '-' THEN -1 ELSE 1 END)
        * (CAST(name[2:3] AS INTEGER) * 60 + CAST(name[5:6] AS INTEGER))""",
    """local_time(a) AS CASE WHEN (a).zone = 'UTC' THEN (a).at
        WHEN (a).zone[1] IN ('+', '-') THEN (a).at + to_minutes(offset_minutes((a).zone))
        ELSE timezone((a).zone, timezone('UTC', (a).at)) END""",
    """to_utc(a, name) AS CASE WHEN name = 'UTC' THEN a
        WHEN name[1] IN ('+', '-') THEN a - to_minutes(offset_minutes(name))
        ELSE timezone('UTC', timezone(name, a)) END""",
    "zoned_text(a, digits) AS timestamp_text(local_time(a), digits) || ' ' || (a).zone",
    "zone_minutes(a) AS date_sub('minute', (a).at, local_time(a))",
    # arrays
    "arrays_joined(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_concat(a, b) END",
    """subscript(a, place) AS CASE
        WHEN place = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
        WHEN place < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: Array subscript is negative: ' || CAST(place AS VARCHAR))
        WHEN place > len(a) THEN fail('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: '
            || CAST(place AS VARCHAR) || ' > ' || CAST(len(a) AS VARCHAR))
        ELSE a[place] END""",
    """element(a, place) AS CASE
        WHEN place = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1') ELSE a[place] END""",
    """sliced(a, start, size) AS CASE
        WHEN size < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: length must be greater than or equal to 0')
        WHEN start = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1')
        WHEN size = 0 OR abs(start) > len(a) THEN a[1:0]
        WHEN start < 0 THEN a[len(a) + start + 1:least(len(a) + start + size, len(a))]
        ELSE a[start:least(start + size - 1, len(a))] END""",
    """trimmed(a, size) AS CASE
        WHEN size < 0 THEN fail('INVALID_FUNCTION_ARGUMENT: size must not be negative: ' || CAST(size AS VARCHAR))
        WHEN size > len(a) THEN fail('INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality '
            || CAST(len(a) AS VARCHAR) || ': ' || CAST(size AS VARCHAR))
        ELSE a[1:len(a) - size] END""",
    """distinct_elements(a) AS list_filter(a, lambda x, i: CASE WHEN x IS NULL
        THEN len(list_filter(a[1:i], lambda y: y IS NULL)) = 1 ELSE list_position(a, x) = i END)""",
    "has_element(a, x) AS CASE WHEN x IS NULL THEN len(list_filter(a, lambda y: y IS NULL)) > 0 ELSE list_contains(a, x) END",
    "elements_in(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(a, lambda x: has_element(b, x)) END",
    "elements_not_in(a, b) AS CASE WHEN b IS NOT NULL THEN list_filter(a, lambda x: NOT has_element(b, x)) END",
    "some_null(a) AS len(list_filter(a, lambda y: y IS NULL)) > 0",
    "contained(a, x) AS CASE WHEN a IS NULL OR x IS NULL THEN NULL WHEN list_contains(a, x) THEN true WHEN some_null(a) THEN NULL ELSE false END",
    """overlap(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN list_has_any(a, b) THEN true
        WHEN len(a) > 0 AND len(b) > 0 AND (some_null(a) OR some_null(b)) THEN NULL ELSE false END""",
    "extreme_element(a, found) AS CASE WHEN some_null(a) THEN NULL ELSE found END",
    "all_match(a, found) AS CASE WHEN list_contains(found, false) THEN false WHEN some_null(found) THEN NULL WHEN found IS NOT NULL THEN true END",
    "any_match(a, found) AS CASE WHEN list_contains(found, true) THEN true WHEN some_null(found) THEN NULL WHEN found IS NOT NULL THEN false END",
    "none_match(a, found) AS NOT any_match(a, found)",
    """holds_sequence(a, b) AS len(b) = 0 OR len(list_filter(range(1, len(a) - len(b) + 2),
        lambda i: a[i:i + len(b) - 1] = b)) > 0""",
    """ngrams(a, size) AS CASE WHEN size <= 0 THEN fail('INVALID_FUNCTION_ARGUMENT: N must be positive')
        WHEN len(a) <= size THEN [a] ELSE list_transform(range(1, len(a) - size + 2), lambda i: a[i:i + size - 1]) END""",
    """steps(start, stop, step) AS CASE
        WHEN step = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: step must not be zero')
        WHEN (stop - start) * sign(step) < 0 THEN
            fail('INVALID_FUNCTION_ARGUMENT: sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start')
        WHEN abs((stop - start) // step) >= 10000 THEN
            fail('INVALID_FUNCTION_ARGUMENT: result of sequence function must not have more than 10000 entries')
        ELSE CAST((stop - start) // step AS BIGINT) END""",
    """month_series(start, stop, step) AS CASE
        WHEN step = 0 THEN fail('INVALID_FUNCTION_ARGUMENT: step must not be zero')
        ELSE list_transform(generate_series(0, date_sub('month', start, stop) // step), lambda i: start + to_months(CAST(i * step AS INTEGER))) END""",
    "list_zipped(a, b) AS flatten(list_transform(range(1, len(a) + 1), lambda i: [a[i], b[i]]))",
    "list_histogram(a) AS map(list_distinct(a), list_transform(list_distinct(a), lambda x: CAST(len(list_filter(a, lambda y: y = x)) AS BIGINT)))",
    # maps
    """map_subscript(a, name, shown) AS CASE WHEN a IS NOT NULL AND name IS NOT NULL AND NOT map_contains(a, name)
        THEN fail('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || shown) ELSE a[name] END""",
    """new_map(names, held) AS CASE
        WHEN len(names) <> len(held) THEN fail('INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length')
        WHEN some_null(names) THEN fail('INVALID_FUNCTION_ARGUMENT: map key cannot be null')
        WHEN len(list_distinct(names)) <> len(names) THEN fail('INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed')
        WHEN names IS NOT NULL AND held IS NOT NULL THEN map(names, held) END""",
    """map_merged(a, b) AS CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN map_concat(a, b) END""",
    "histogram_map(a) AS map(map_keys(a), list_transform(map_values(a), lambda x: CAST(x AS BIGINT)))",
    """first_entries(a) AS map_from_entries(list_filter(list_filter(a, lambda e: (e).k IS NOT NULL), lambda e, i:
        list_position(list_transform(list_filter(a, lambda e: (e).k IS NOT NULL), lambda f: (f).k), (e).k) = i))""",
    """multimap(a) AS map(list_distinct(list_transform(a, lambda e: (e).k)), list_transform(list_distinct(
        list_transform(a, lambda e: (e).k)), lambda k: list_transform(list_filter(a, lambda e: (e).k = k), lambda e: (e).v)))""",
)
