"""Functions of Trino that are not answered here: a query that calls one says so.

https://trino.io/docs/current/functions/list.html
"""

UNSUPPORTED = frozenset(
    """
    approx_most_frequent approx_set array_agg_distinct bar beta_cdf bing_tile bing_tile_at bing_tile_coordinates
    bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around checksum char2hexint classify color
    convex_hull_agg current_catalog current_groups current_path current_role current_schema current_time current_user
    date_sub empty_approx_set entropy evaluate_classifier_predictions features format_number from_base64_url
    from_encoded_polyline from_geojson_geometry from_iso8601_timestamp_nanos from_unixtime_nanos
    geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
    geometry_union_agg great_circle_distance hash_counts human_readable_duration index intersection_cardinality
    inverse_beta_cdf inverse_normal_cdf jaccard_index json_array json_object json_array_agg json_object_agg
    json_table kurtosis_pop learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor
    line_interpolate_point line_interpolate_points line_locate_point make_set_digest map_union merge merge_set_digest
    multimap_union murmur3 ngram normal_cdf numeric_histogram numeric_histogram_agg overlay parse_data_size
    parse_presto_data_size qdigest_agg quantile_at_value reduce_agg regress render rgb set_agg set_union
    simplify_geometry sketch skewness spatial_partitioning spatial_partitions spooky_hash_v2_32 spooky_hash_v2_64
    st_area st_asbinary st_astext st_boundary st_buffer st_centroid st_contains st_convexhull st_coorddim st_crosses
    st_difference st_dimension st_disjoint st_distance st_endpoint st_envelope st_envelopeaspts st_equals
    st_exteriorring st_geometries st_geometryfromtext st_geometryn st_geometrytype st_geomfrombinary st_interiorringn
    st_interiorrings st_intersection st_intersects st_isclosed st_isempty st_isring st_issimple st_isvalid st_length
    st_linefromtext st_linestring st_multipoint st_numgeometries st_numinteriorring st_numpoints st_overlaps st_point
    st_pointn st_points st_polygon st_relate st_startpoint st_symdifference st_touches st_union st_within st_x st_xmax
    st_xmin st_y st_ymax st_ymin t_cdf t_pdf tdigest_agg timestamp_objectid title_case to_char to_date
    to_encoded_polyline to_geojson_geometry to_geometry to_spherical_geography to_timestamp trail
    value_at_quantile values_at_quantiles vector version wilson_interval_lower wilson_interval_upper with_timezone_offset
    word_stem zone soundex_code tdigest spherical
    """.split()
)
