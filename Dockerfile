# strataforest with everything it needs; a review is mounted at /review. docs/how-to/container.md says how.
# Python is the oldest that is supported: the one whose pins in constraints.txt the tests run with.
FROM python:3.11-slim

WORKDIR /strataforest
COPY LICENSE README.md Snakefile constraints.txt environment.yml pyproject.toml ./
COPY config config
COPY docs/problems.md docs/problems.md
COPY docs/when-a-run-stops.md docs/when-a-run-stops.md
COPY profiles profiles
COPY workflow workflow

# Compiled here, for who runs it may not write here.
RUN pip install --no-cache-dir -c constraints.txt -e '.[cluster]' \
    && python -m compileall -q workflow/scripts \
    && useradd --uid 1000 review \
    && mkdir /review \
    && chown review /review

# With `docker run --user` a run has the user's own number, and neither a name nor a home.
ENV HOME=/tmp USER=review
USER 1000
WORKDIR /review

# What follows the image's name on the command line takes the place of CMD: targets and options.
ENTRYPOINT ["snakemake", "--configfile", "config.yaml", "-s", "/strataforest/Snakefile"]
CMD ["--cores", "all"]
