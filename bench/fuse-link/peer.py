"""Links one CSV with Splink on DuckDB and prints JSON: seconds of the linking, F1 of pairs and clusters against a column of the file.

Usage: peer.py FILE fake|febrl3|province. Settings are what Splink's own guides advise for such columns, with its own training
(random sampling for u, two or three rules for m); the threshold is match probability 0.5 (clusters 0.95, as its guides do).
"""
import json
import re
import resource
import sys
import time

import duckdb
import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

file, kind = sys.argv[1:3]
frame = pd.read_csv(file, dtype=str, skipinitialspace=True)
frame.columns = [name.strip() for name in frame.columns]
frame = frame.map(lambda value: value.strip() if isinstance(value, str) else value)

if kind == "febrl3":
    frame["entity"] = frame["rec_id"].map(lambda text: re.match(r"rec-(\d+)-", text).group(1))
    unique = "rec_id"
    comparisons = [
        cl.JaroWinklerAtThresholds("given_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]),
        cl.ExactMatch("street_number"),
        cl.JaroWinklerAtThresholds("address_1", [0.9]),
        cl.JaroWinklerAtThresholds("suburb", [0.9]),
        cl.LevenshteinAtThresholds("postcode", [1]),
    ]
    rules = [block_on("soc_sec_id"), block_on("date_of_birth"), block_on("given_name", "surname"), block_on("surname", "postcode"), block_on("given_name", "postcode"), block_on("address_1"), block_on("suburb", "street_number")]
    training = [block_on("date_of_birth"), block_on("postcode"), block_on("given_name", "surname")]
elif kind == "fake":
    frame["entity"] = frame["cluster"]
    unique = "unique_id"
    comparisons = [
        cl.NameComparison("first_name").configure(term_frequency_adjustments=True),
        cl.NameComparison("surname").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        cl.EmailComparison("email"),
    ]
    rules = [block_on("first_name", "surname"), block_on("surname", "dob"), block_on("first_name", "dob"), block_on("email"), block_on("dob"), block_on("surname", "city"), block_on("first_name", "city")]
    training = [block_on("dob"), block_on("first_name", "surname")]
else:
    frame["entity"] = frame["entity_id"]
    unique = "record_id"
    frame["short"] = frame["name"].str.replace(r"[（(].*?[）)]|江西省|江西|有限责任公司|股份有限公司|集团|有限公司|公司|\s", "", regex=True)
    comparisons = [
        cl.JaroWinklerAtThresholds("name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("code", [1, 2]),
        cl.ExactMatch("legal_person").configure(term_frequency_adjustments=True),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("address", [0.95, 0.88]),
        cl.ExactMatch("county_code"),
    ]
    # a phone that thousands share is taken out by hand: Splink has no limit on blocks
    counts = frame["phone"].value_counts()
    frame.loc[frame["phone"].map(counts).fillna(0) > 20, "phone"] = None
    rules = [block_on("code"), block_on("name"), block_on("short", "county_code"), block_on("phone"), block_on("legal_person", "county_code"), block_on("address")]
    training = [block_on("code"), block_on("name")]

frame = frame.where(frame.notna() & (frame != ""), None)
started = time.time()
settings = SettingsCreator(link_type="dedupe_only", unique_id_column_name=unique, comparisons=comparisons, blocking_rules_to_generate_predictions=rules)
db = DuckDBAPI(duckdb.connect(":memory:"))
columns = [c for c in frame.columns if c not in ("entity", "cluster", "entity_id")]
table = db.register(frame[columns]) if hasattr(db, "register") else frame[columns]
try:
    linker = Linker(table, settings, db_api=db)
except TypeError:
    linker = Linker(table, settings)
linker.training.estimate_probability_two_random_records_match(rules[:2], recall=0.7)
linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
for rule in training:
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
predicted = linker.inference.predict(threshold_match_probability=0.5)
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
pairs = predicted.as_pandas_dataframe()
grouped = clusters.as_pandas_dataframe()
seconds = time.time() - started

entity = dict(zip(frame[unique], frame["entity"]))
true = sum(n * (n - 1) // 2 for n in frame["entity"].value_counts())
right = sum(entity[l] == entity[r] for l, r in zip(pairs[f"{unique}_l"], pairs[f"{unique}_r"]))
grouped["entity"] = grouped[unique].map(entity)
implied = sum(n * (n - 1) // 2 for n in grouped["cluster_id"].value_counts())
both = sum(n * (n - 1) // 2 for n in grouped.groupby(["cluster_id", "entity"]).size())


def f1(found, correct):
    return 2 * correct / (found + true)


usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": seconds, "cpuSeconds": usage.ru_utime + usage.ru_stime, "memoryBytes": usage.ru_maxrss * 1024, "pairs": f1(len(pairs), right), "clusters": f1(implied, both), "precision": right / max(1, len(pairs)), "recall": right / true}))
