"""Salesforce: accounts, products, and what is sold: won opportunities, or activated orders, with their lines.

Read with SOQL through the REST API (deleted records included), a large first load through Bulk API 2.0.
Reference: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm ·
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_job_results.htm ·
https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
"""

from connectors.salesforce.salesforce import Salesforce

__all__ = ["Salesforce"]
