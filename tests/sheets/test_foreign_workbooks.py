"""The shipped examples read workbooks of the shape they are written for, by configuration alone.

Headings and habits are those of the data sets that each example names; of the numbers a few are
theirs (with the effect sizes they publish), the others are ours.
"""

from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from snakemake.utils import validate
from strataforest.sheets.columns import looks_like_a_number
from strataforest.sheets.harmonize import read_sheets_of_kind
from test_same_data import effects
from workbook_examples import write_xlsx

EXAMPLES = sorted((ROOT / "config" / "examples").glob("*.yaml"))

SENN = """\
study,ni,treatment,comment,mi,sdi
De Fronzo (1995),213,metformin,change,-1.7,1.459
De Fronzo (1995),209,placebo,change,0.2,1.446
Three arms,30,metformin,change,-2,1
Three arms,31,acarbose,change,-1.5,1.2
Three arms,29,placebo,change,-1,1.1
Two drugs,45,pioglitazone,raw,6.9,0.8
Two drugs,42,metformin,raw,6.7,0.9
Raw values,28,acarbose,raw,8,1.3
Raw values,30,placebo,raw,8.3,1.4
"""
HAEUSER = """\
study,ref,year,country,female,white,mage,duration,med,jadad,vantulder,tgrp,cgrp,outcome,type,nti,mti,sdti,nci,mci,sdci
One et al.,1,2001,Norway,90,,40,9,drug A,4,9,t1,c1,pain,raw,27,4.3,3,32,5,3
One et al.,2,2003,Norway,95,,43,8,drug A,4,8,t2,c2,pain,change,22,-2.1,1.2,22,-0.9,1.4
One et al.,2,2003,Norway,95,,43,8,drug A,4,8,t2,c2,sleep,change,22,-2,1.1,20,-1,1.2
Two et al.,3,2005,Chile,97,80,50,12,drug B,3,7,t3,c3,pain,raw,60,4.1,2,58,5.2,2.1
Two et al.,3,2005,Chile,97,80,50,12,drug B,3,7,t4,c3,pain,raw,61,4.4,2.2,58,5.2,2.1
"""
DAGOSTINO = """\
study,cold,scale.rn,scale.sn,drug,tnt,tnc,outcome,mt,sdt,mc,sdc,xt,xc,nt,nc
1,natural,0-3,0-3,drug A,128,136,rnic1,0.932,0.593,0.81,0.556,,,128,136
1,natural,0-3,0-3,drug A,128,136,rngoal1,,,,,54,45,128,136
2,induced,0-8,count,drug B,16,15,rnic1,0.4,2.2,0.0,1.4,,,16,15
2,induced,0-8,count,drug B,16,15,snic1,,,,,,,,
"""
# The first row's g is -0.12058 by the database itself: lower is better there.
ED_DIGITAL = """\
study;condition_arm1;condition_arm2;multi_arm1;multi_arm2;outcome_type;instrument;rating;construct;\
time_weeks;mean_arm1;sd_arm1;n_arm1;mean_arm2;sd_arm2;n_arm2;event_arm1;event_arm2;totaln_arm1;\
totaln_arm2;year;rob;full_ref;format;guided
Aardoom, 2016;psychoed;wl;self;wl;msd;edeq;self-report;ed psychopathology;\
8;4.05;1;87;3.92;1.14;90;;;;;2016;low;Aardoom;web;no
Aardoom, 2016;psychoed;wl;low;wl;msd;edeq;self-report;ed psychopathology;\
8;3.81;1.18;88;3.92;1.14;90;;;;;2016;low;Aardoom;web;yes
Other, 2020;cbt;wl;;;msd;rse;self-report;self-esteem;\
12;25;5;40;22;5;41;;;;;2020;high;Other;app;no
Other, 2020;cbt;wl;;;msd;edqol ;self-report;quality of life;\
;20;5;40;24;5;41;;;;;2020;high;Other;app;no
Other, 2020;cbt;wl;;;abstinence;zero;self-report;abstinence;\
12;;;;;;;11;1;70;71;2020;high;Other;app;no
"""


def config_of(name):
    (path,) = [path for path in EXAMPLES if path.stem == name]
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    validate(config, str(ROOT / "workflow" / "schemas" / "config.schema.yaml"))
    return config


def specs_of(config):
    return {
        kind: specs if isinstance(specs, list) else [specs]
        for kind, specs in config["sheets"].items()
    }


def run(name):
    config = config_of(name)
    found, excluded = effects(config, specs_of(config))
    return {effect["effect_id"]: effect for effect in found}, excluded


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name, text):
    Path(name).write_text(text, encoding="utf-8")


def test_arms_in_rows_with_changes_and_values():
    write("dat.senn2013.csv", SENN)
    found, excluded = run("senn2013")
    assert len(found) == 4
    # metafor 3.8-1: escalc("SMD") gives -1.30568328, with the exact J.
    one = found["De Fronzo (1995)|glycemic|hba1c|||change|metformin|placebo"]
    assert float(one["yi"]) == pytest.approx(1.30568328, rel=1e-5)
    assert one["metric"] == "change"
    assert found["Raw values|glycemic|hba1c|||post|acarbose|placebo"]["metric"] == "post"
    shared = [e for e in found.values() if e["study_id"] == "Three arms"]
    assert [e["flags"] for e in shared] == ["shared_control=2"] * 2
    assert excluded == [("Two drugs", "glycemic", "no_control_arm")] * 2


def test_arms_side_by_side_with_one_heading_for_domain_and_indicator():
    write("dat.haeuser2009.csv", HAEUSER)
    found, excluded = run("haeuser2009")
    assert excluded == []
    assert {e["study_id"] for e in found.values()} == {
        "One et al. 2001",
        "One et al. 2003",
        "Two et al. 2005",
    }
    assert [e["domain"] for e in found.values()].count("pain") == 4
    two = found["Two et al. 2005|pain|pain|||post|drug B t3|c3"]
    assert (two["n_control"], two["flags"]) == ("29", "shared_control=2")
    sheet = read_sheets_of_kind("studies", specs_of(config_of("haeuser2009"))["studies"])
    assert [row["country"] for row in sheet.rows] == ["Norway", "Norway", "Chile"]
    assert "med" in sheet.columns  # One value per trial here; in the data set a trial has two.


def test_means_and_counts_in_one_sheet():
    write("dat.dagostino1998.csv", DAGOSTINO)
    found, excluded = run("dagostino1998")
    assert [(e["domain"], e["measure"]) for e in found.values()] == [
        ("runny_nose_day_1", "SMD"),
        ("runny_nose_goal_day_1", "RR"),
        ("runny_nose_day_1", "SMD"),
    ]
    assert excluded == [("2", "sneezing_day_1", "no_statistic")]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_workbook_with_everything_in_one_table(form):
    if form == "xlsx":
        head, *rows = [line.split(";") for line in ED_DIGITAL.splitlines()]
        cells = [[float(t) if looks_like_a_number(t) else t for t in row] for row in rows]
        others = {"Notes": [["About"]], "codebook": [["study"], ["year"]]}
        write_xlsx("data.xlsx", {"data": [head, *cells]} | others)
    else:
        # A sheet is known by what it holds, not by its name's ending.
        write("data.xlsx", ED_DIGITAL.replace(".", ","))
    found, excluded = run("ed_digital")
    assert excluded == []
    self_guided = next(e for i, e in found.items() if "psychoed self|wl wl" in i)
    assert float(self_guided["yi"]) == pytest.approx(-0.12058126098902, abs=1e-12)
    assert float(self_guided["sei"]) == pytest.approx(0.150488510594961, abs=1e-5)
    assert self_guided["flags"] == "whole_arms=2"
    better = {e["domain"]: float(e["yi"]) > 0 for e in found.values()}
    assert better["self_esteem"] is True
    assert better["quality_of_life"] is True
    assert better["abstinence"] is True
    assert len(found) == len(ED_DIGITAL.splitlines()) - 1


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_a_valid_configuration(path):
    assert config_of(path.stem)["review"]["title"]


def test_every_example_is_read_above():
    assert {path.stem for path in EXAMPLES} == {
        "dagostino1998",
        "ed_digital",
        "haeuser2009",
        "senn2013",
    }
